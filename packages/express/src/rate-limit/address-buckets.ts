import { addressBucket, rememberForAddress } from '../request/client-address.js';

/** /64 networks that get a bucket of their own in one /56: a subscriber usually has the whole /56. */
const MAX_IN_56 = 64;

/** /64 networks that get a bucket of their own in one /48: a site usually has the whole /48. */
const MAX_IN_48 = 2048;

/** /64 networks that are remembered. More of them are left to the bound of the counter. */
const MAX_NETWORKS = 100_000;

/** Names the buckets of addresses, and bounds how many buckets one IPv6 network gets in a window. */
export interface AddressBuckets {
  /** Returns the bucket that an address would be counted in. Changes nothing. */
  find(address: string | undefined): string;
  /** Returns the bucket that an address is counted in, and keeps it for the window. */
  add(address: string | undefined): string;
}

/**
 * Creates the buckets of one limit: IPv4 addresses whole, IPv6 addresses by their /64.
 *
 * Once a /56 or a /48 has many /64 networks with buckets of their own, the other addresses of that network share the
 * bucket of the /56 or the /48. Otherwise one subscriber could fill the memory of the counter with addresses.
 */
export function createAddressBuckets(windowSeconds: number, now: () => number = Date.now): AddressBuckets {
  const bucketOf = rememberForAddress(addressBucket);
  const known = new Set<string>();
  const inNetwork = new Map<string, number>();
  let endsAt = 0;

  function startWindow(): void {
    const leftMs = endsAt - now();
    // More than a window is left only where the clock was set back.
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

/** Returns the /56 and the /48 around a /64. Its text always ends in `::/64`, with the first four groups before it. */
function networksAround(bucket: string): readonly [in56: string, in48: string] {
  const groups = (bucket.split('::', 1)[0] ?? '').split(':');
  const [a, b, c, d] = [0, 1, 2, 3].map((at) => groups[at] || '0');
  const upper = (Number.parseInt(d ?? '0', 16) >> 8).toString(16);
  return [`${a}:${b}:${c}:${upper}00::/56`, `${a}:${b}:${c}::/48`];
}
