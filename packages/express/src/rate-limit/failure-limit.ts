import { type Denial, deny } from '@flairgate/core';
import { assertKnownOptions, parseInteger } from '@flairgate/core/internal';
import type { ClientRateLimitInfo, Store } from 'express-rate-limit';
import { LRUCache } from 'lru-cache';
import type { MaybeLater } from '../gate-context.js';
import { optionObject } from '../options.js';
import { rememberForAddress } from '../request/client-address.js';
import { createAddressBuckets } from './address-buckets.js';
import { bucketIdOf } from './limit-bucket.js';
import { guardLimitStore, type LimitStores, parseLimitStores } from './limit-store.js';
import { createMemoryCounts, withWindow } from './memory-counts.js';
import { parseLimitName } from './rate-limit-options.js';

/** Options of {@link createFailureLimit}. */
export interface FailureLimitOptions {
  /**
   * Length of the window in seconds, from 1 to 86,400.
   * @default 60
   */
  readonly windowSeconds?: number | undefined;
  /**
   * Maximum number of refusals for one address in a window, from 0 to 1,000,000,000. Further requests from the address
   * get a 429 response. 0 turns the limit off.
   * @default 3000
   */
  readonly limit?: number | undefined;
  /**
   * Store in which all processes count refusals together, such as `redisLimits`. By default each process counts in its
   * own memory.
   */
  readonly store?: LimitStores | undefined;
  /**
   * Name in the `RateLimit` headers. In a shared store, limits with the same name share their counts.
   * @default 'refusals'
   */
  readonly name?: string | undefined;
}

/** Limit on refusals, counted by client address. */
export interface FailureLimit {
  /** Returns a 429 refusal if the address is over its limit, otherwise undefined. Call it before expensive work. */
  exceeded(address: string | undefined): Denial | undefined;
  /** Counts a refusal. Returns the same refusal, or a 429 refusal if the address is now over its limit. */
  count(address: string | undefined, refusal: Denial): MaybeLater<Denial>;
  /** Stops the timer and discards all counts. */
  stop(): void;
}

const FAILURE_LIMIT_OPTIONS = ['windowSeconds', 'limit', 'store', 'name'];
const MAX_WINDOW_SECONDS = 86_400;

/**
 * Maximum number of remembered addresses that are over their limit. The least recently seen address is forgotten first,
 * and is remembered again at its next refusal. The cache gets this number as `maxSize`, because with `max` the cache
 * would allocate all its memory immediately.
 */
const MAX_CALLERS = 100_000;

const OFF: FailureLimit = Object.freeze({
  exceeded: () => undefined,
  count: (_address: string | undefined, refusal: Denial) => refusal,
  stop: () => undefined,
});

/**
 * Creates a limit on refusals for each client address. An IPv4 address is counted alone, even if it is written as IPv6.
 * IPv6 addresses are counted by /64 network.
 *
 * In each window, exactly `limit` refusals are sent unchanged, even if many requests arrive at the same time. With a
 * `store`, all processes together send exactly `limit`. While the store is down, each process counts alone, so that an
 * outage does not allow unlimited guessing. `exceeded` never reads the store.
 *
 * @throws OptionError for an unknown option, a bad name or a number out of range.
 *
 * @example
 * const guesses = createFailureLimit({ limit: 100, windowSeconds: 60 });
 * const denial = guesses.exceeded(clientAddress(req));
 * if (denial !== undefined) sendDenial(req, res, denial, { missingPermissionStatus: 401 });
 */
export function createFailureLimit(options: FailureLimitOptions = {}): FailureLimit {
  const given = optionObject('failureLimit', options);
  assertKnownOptions('failureLimit', given, FAILURE_LIMIT_OPTIONS);
  const name = parseLimitName('failureLimit', given.name ?? 'refusals');
  const limit = parseInteger('failureLimit.limit', given.limit, { least: 0, most: 1e9, fallback: 3000 });
  const window = { least: 1, most: MAX_WINDOW_SECONDS, fallback: 60 };
  const windowSeconds = parseInteger('failureLimit.windowSeconds', given.windowSeconds, window);
  const store = parseLimitStores('failureLimit.store', given.store);
  return limit === 0 ? OFF : counting({ name, limit, windowSeconds }, store);
}

interface Policy {
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
}

function counting(policy: Policy, stores: LimitStores | undefined): FailureLimit {
  const { name, limit, windowSeconds } = Object.freeze(policy);
  const { counts, bucketOf } = openCounts(policy, stores);
  const addresses = createAddressBuckets(windowSeconds);
  const idOf = rememberForAddress((bucket) => bucketIdOf(name, `address ${bucket}`));
  const over = new LRUCache<string, number>({ maxSize: MAX_CALLERS, sizeCalculation: () => 1 });
  return {
    exceeded(address) {
      const id = bucketOf(idOf(addresses.find(address)));
      const until = over.get(id);
      if (until === undefined) return undefined;
      const leftMs = until - Date.now();
      // More than one window can be left only after the clock was set back.
      if (leftMs > 0 && leftMs <= windowSeconds * 1000) return limited(policy, until);
      over.delete(id);
      return undefined;
    },
    count(address, refusal) {
      const id = bucketOf(idOf(addresses.add(address)));
      const check = ({ totalHits, resetTime }: ClientRateLimitInfo) => {
        if (totalHits < limit) return refusal;
        const until = endOfWindow(policy, resetTime);
        over.set(id, until);
        return totalHits > limit ? limited(policy, until) : refusal;
      };
      const counted = counts.increment(id);
      return counted instanceof Promise ? counted.then(check) : check(counted);
    },
    stop() {
      over.clear();
      void counts.shutdown?.();
    },
  };
}

interface OpenCounts {
  readonly counts: Store;
  /**
   * Returns the bucket in which an id is counted now. If the counts are in memory and there are too many buckets, all
   * new ids share one bucket.
   */
  readonly bucketOf: (id: string) => string;
}

function openCounts({ name, windowSeconds }: Policy, stores: LimitStores | undefined): OpenCounts {
  if (stores === undefined) {
    const counts = withWindow(createMemoryCounts(), windowSeconds);
    return { counts, bucketOf: counts.bucketOf };
  }
  const shared = guardLimitStore(stores.storeFor({ name, windowSeconds }), 'local');
  return { counts: withWindow(shared, windowSeconds), bucketOf: (id) => id };
}

function endOfWindow({ windowSeconds }: Policy, resetTime: ClientRateLimitInfo['resetTime']): number {
  return resetTime?.getTime() ?? Date.now() + windowSeconds * 1000;
}

function limited(policy: Policy, until: number): Denial {
  const retryAfter = Math.max(1, Math.ceil((until - Date.now()) / 1000));
  return deny('ERR_RATE_LIMITED', {
    reason: 'too many refusals of one address',
    members: { retryAfter, policy },
  });
}
