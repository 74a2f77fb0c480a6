import { type Denial, deny, refuseUnknown } from '@flairgate/core';
import { type ClientRateLimitInfo, MemoryStore, rateLimit } from 'express-rate-limit';
import { createAddressBuckets } from './client-address.js';
import { optionObject, wholeNumber } from './options.js';

/** Options of {@link createFailureLimit}. */
export interface FailureLimitOptions {
  /** Length of the window in seconds. Default 60. */
  readonly windowSeconds?: number;
  /** Refusals of one address in a window before it gets 429. Default 3000; 0 = off. */
  readonly limit?: number;
}

/** Counts the refusals of callers nobody knows, by address, in this process. */
export interface FailureLimit {
  /** The 429 of an address that is over its limit; undefined for any other. To be asked before expensive work. */
  exceeded(address: string | undefined): Promise<Denial | undefined>;
  /** Counts a refusal. Gives it back, or the 429 when the address has just passed its limit. */
  count(address: string | undefined, refusal: Denial): Promise<Denial>;
  /** Stops the timer and forgets every count. */
  stop(): void;
}

const MAX_WINDOW_SECONDS = 86_400;

/** Addresses kept at once. Past it all counts start anew, so that memory stays bounded whoever calls. */
const MAX_ADDRESSES = 100_000;

const OFF: FailureLimit = Object.freeze({
  exceeded: async () => undefined,
  count: async (_address: string | undefined, refusal: Denial) => refusal,
  stop: () => undefined,
});

/**
 * Makes a limit on refusals per address: IPv4 whole, in either spelling; IPv6 by its /64.
 *
 * Exactly `limit` refusals of a window are answered as they are, however many come at once. Counts stay in this
 * process, so that no outage of a shared store opens unlimited guessing.
 *
 * @throws OptionError for an unknown option or a number out of its range.
 */
export function createFailureLimit(options: FailureLimitOptions = {}): FailureLimit {
  const given = optionObject('failureLimit', options);
  refuseUnknown('failureLimit', given, ['windowSeconds', 'limit']);
  const limit = wholeNumber('failureLimit.limit', given.limit, { least: 0, most: 1e9, fallback: 3000 });
  const windowSeconds = wholeNumber('failureLimit.windowSeconds', given.windowSeconds, {
    least: 1,
    most: MAX_WINDOW_SECONDS,
    fallback: 60,
  });
  return limit === 0 ? OFF : counting(limit, windowSeconds);
}

function counting(limit: number, windowSeconds: number): FailureLimit {
  const store = memoryCounter(windowSeconds);
  const bucketOf = createAddressBuckets();
  const policy = Object.freeze({ name: 'refusals', limit, windowSeconds });
  const limited = ({ resetTime }: ClientRateLimitInfo): Denial =>
    deny('ERR_RATE_LIMITED', {
      reason: 'too many refusals of one address',
      members: { retryAfter: secondsUntil(resetTime), policy },
    });
  return {
    async exceeded(address) {
      const seen = await store.get(bucketOf(address));
      return seen !== undefined && seen.totalHits >= limit ? limited(seen) : undefined;
    },
    async count(address, refusal) {
      if (store.current.size >= MAX_ADDRESSES) await store.resetAll();
      const seen = await store.increment(bucketOf(address));
      return seen.totalHits > limit ? limited(seen) : refusal;
    },
    stop: () => store.shutdown(),
  };
}

/** The library's counter. Only its limiter can tell it the window, which is why one is made here. */
function memoryCounter(windowSeconds: number): MemoryStore {
  const store = new MemoryStore();
  rateLimit({ windowMs: windowSeconds * 1000, store, validate: false });
  return store;
}

function secondsUntil(time: Date | undefined): number {
  return time === undefined ? 1 : Math.max(1, Math.ceil((time.getTime() - Date.now()) / 1000));
}
