import { type ClientRateLimitInfo, MemoryStore, rateLimit, type Store } from 'express-rate-limit';

/** Buckets in one window, so that memory stays bounded. */
const MAX_COUNTED = 100_000;

/** The bucket that all new callers share once there are {@link MAX_COUNTED}. No digest has this name. */
const OVERFLOW = 'overflow';

/** Counts that can add several hits in one step. */
export interface LimitCounts extends Store {
  /** Adds hits to a bucket, and returns its count as it is afterwards. */
  incrementBy(key: string, hits: number): Promise<ClientRateLimitInfo> | ClientRateLimitInfo;
}

/** Counts in the memory of this process. */
export interface MemoryCounts extends LimitCounts {
  /** Returns the bucket that a key would be counted in now: its own, or the shared one. */
  bucketOf(key: string): string;
}

/**
 * Creates counts in the memory of this process, with the counter of express-rate-limit.
 *
 * Once 100,000 callers have been counted in a window, new callers share one bucket until the window ends. No existing
 * count is dropped for them: otherwise a client with many addresses could reset the counts of all callers.
 *
 * Each count is returned as it was when it was counted. The library returns an object that later calls change.
 */
export function createMemoryCounts(): MemoryCounts {
  const memory = new MemoryStore();

  function bucketOf(key: string): string {
    const { current, previous } = memory;
    if (current.size < MAX_COUNTED || current.has(key)) return key;
    // A caller of the previous window keeps its count, up to a second bound.
    return previous.has(key) && current.size < 2 * MAX_COUNTED ? key : OVERFLOW;
  }

  function incrementBy(key: string, hits: number): Promise<ClientRateLimitInfo> | ClientRateLimitInfo {
    const bucket = bucketOf(key);
    const counting = memory.increment(bucket);
    const live = memory.current.get(bucket);
    if (live === undefined) return counting;
    live.totalHits += hits - 1;
    return { totalHits: live.totalHits, resetTime: new Date(live.resetTime) };
  }

  return {
    localKeys: true,
    init: (options) => memory.init(options),
    increment: (key) => incrementBy(key, 1),
    incrementBy,
    bucketOf,
    decrement: (key) => memory.decrement(bucketOf(key)),
    resetKey: (key) => memory.resetKey(bucketOf(key)),
    shutdown: () => memory.shutdown(),
  };
}

/** Sets the window of a store. Only the limiter of express-rate-limit does that, so one is created for it. */
export function withWindow<S extends Store>(store: S, windowSeconds: number): S {
  rateLimit({ windowMs: windowSeconds * 1000, store, validate: false });
  return store;
}
