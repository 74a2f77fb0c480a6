import { addressBucket, rememberForAddress } from '../request/client-address.js';

/** Maximum number of /64 networks in one /56 that get a bucket of their own. A subscriber usually has the whole /56. */
const MAX_IN_56 = 64;

/** Maximum number of /64 networks in one /48 that get a bucket of their own. A site usually has the whole /48. */
const MAX_IN_48 = 2048;

/**
 * Maximum number of /64 networks that are remembered. Further networks do not count towards {@link MAX_IN_56} and
 * {@link MAX_IN_48}. Only the counter that uses the buckets limits their number.
 */
const MAX_NETWORKS = 100_000;

/**
 * Assigns each address to a bucket. Each bucket has its own count. Limits how many buckets one IPv6 network gets in a
 * window.
 */
export interface AddressBuckets {
  /** Returns the bucket for an address. Changes nothing. */
  find(address: string | undefined): string;
  /** Returns the bucket for an address and remembers its network until the window ends. */
  add(address: string | undefined): string;
}

/**
 * Creates the buckets for one limit: one for each IPv4 address and one for each /64 network of IPv6 addresses.
 *
 * Once many /64 networks in a /56 or /48 have buckets of their own, all other addresses of that /56 or /48 share one
 * bucket. Otherwise one subscriber could fill the counter's memory with addresses.
 */
export function createAddressBuckets(windowSeconds: number, now: () => number = Date.now): AddressBuckets {
  const bucketOf = rememberForAddress(addressBucket);
  const known = new Set<string>();
  const inNetwork = new Map<string, number>();
  let endsAt = 0;

  function startWindow(): void {
    const leftMs = endsAt - now();
    // More time than one window can be left only after the clock was set back.
    if (leftMs > 0 && leftMs <= windowSeconds * 1000) return;
    endsAt = now() + windowSeconds * 1000;
    known.clear();
    inNetwork.clear();
  }

  function place(address: string | undefined, isKept: boolean): string {
    const bucket = bucketOf(address);
    if (!bucket.includes(':')) return bucket;
    startWindow();
    if (known.has(bucket)) return bucket;
    const [in56, in48] = networksAround(bucket);
    if (countIn(in48) >= MAX_IN_48) return in48;
    if (countIn(in56) >= MAX_IN_56) return in56;
    if (isKept && known.size < MAX_NETWORKS) {
      known.add(bucket);
      for (const network of [in56, in48]) inNetwork.set(network, countIn(network) + 1);
    }
    return bucket;
  }

  const countIn = (network: string) => inNetwork.get(network) ?? 0;
  return { find: (address) => place(address, false), add: (address) => place(address, true) };
}

/**
 * Returns the /56 and the /48 that contain a /64. The text of a /64 always consists of its first four groups and
 * `::/64`.
 */
function networksAround(bucket: string): readonly [in56: string, in48: string] {
  const groups = (bucket.split('::', 1)[0] ?? '').split(':');
  const [a, b, c, d] = [0, 1, 2, 3].map((at) => groups[at] || '0');
  const upper = (Number.parseInt(d ?? '0', 16) >> 8).toString(16);
  return [`${a}:${b}:${c}:${upper}00::/56`, `${a}:${b}:${c}::/48`];
}
