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
   * Refusals of one address in a window, from 0 to 1,000,000,000. After that the address gets 429. 0 turns the limit
   * off.
   * @default 3000
   */
  readonly limit?: number | undefined;
  /**
   * Store in which all processes count together, such as `redisLimits`. By default each process counts in its own
   * memory.
   */
  readonly store?: LimitStores | undefined;
  /**
   * Name in the `RateLimit` fields. Limits with the same name count together in a shared store.
   * @default 'refusals'
   */
  readonly name?: string | undefined;
}

/** Limit on refusals of unknown callers, by address. */
export interface FailureLimit {
  /**
   * Returns the 429 of an address that is over its limit; undefined for any other address. Call it before expensive
   * work.
   */
  exceeded(address: string | undefined): Denial | undefined;
  /** Counts a refusal. Returns the same refusal, or the 429 if the address has passed its limit with it. */
  count(address: string | undefined, refusal: Denial): MaybeLater<Denial>;
  /** Stops the timer and drops all counts. */
  stop(): void;
}

const FAILURE_LIMIT_OPTIONS = ['windowSeconds', 'limit', 'store', 'name'];
const MAX_WINDOW_SECONDS = 86_400;

/**
 * Addresses over their limit that are remembered. When there are more, the one that was not seen for longest is
 * forgotten, and found again at its next refusal. It is a size and no `max`, for which the cache takes its memory at once.
 */
const MAX_CALLERS = 100_000;

const OFF: FailureLimit = Object.freeze({
  exceeded: () => undefined,
  count: (_address: string | undefined, refusal: Denial) => refusal,
  stop: () => undefined,
});

/**
 * Creates a limit on refusals per address. IPv4 addresses count whole, in either spelling; IPv6 addresses count by
 * their /64.
 *
 * Exactly `limit` refusals of a window are sent unchanged, no matter how many arrive at the same time. With a `store`
 * that is true across all processes. `exceeded` never reads the store. While the store is down, each process counts
 * alone, so an outage does not allow unlimited guessing.
 *
 * @throws OptionError for an unknown option, a bad name or a number out of range.
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
  /** Returns the bucket in which an id is counted now. In memory, new ids share one bucket when there are too many. */
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
