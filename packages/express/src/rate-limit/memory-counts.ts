import { type ClientRateLimitInfo, MemoryStore, rateLimit, type Store } from 'express-rate-limit';

/** Maximum number of buckets in one window. It limits the memory used. */
const MAX_COUNTED = 100_000;

/**
 * Name of the bucket that all new callers share once there are {@link MAX_COUNTED} buckets. The names of other buckets
 * are digests, and no digest equals this name.
 */
const OVERFLOW = 'overflow';

/** A store of counts that can add several hits in one step. */
export interface LimitCounts extends Store {
  /** Adds hits to a bucket. Returns the bucket's new count. */
  incrementBy(key: string, hits: number): Promise<ClientRateLimitInfo> | ClientRateLimitInfo;
}

/** A store of counts in the memory of this process. */
export interface MemoryCounts extends LimitCounts {
  /**
   * Returns the bucket in which a key would be counted now: the key's own bucket, or the one that all new keys share.
   */
  bucketOf(key: string): string;
}

/**
 * Creates a store of counts in the memory of this process, based on the memory store of express-rate-limit.
 *
 * Once 100,000 callers have been counted in a window, new callers share one bucket until the window ends. Existing
 * counts are never dropped to make room. Otherwise a client with many addresses could reset the counts of all callers.
 *
 * Each increment returns a new object. The memory store of express-rate-limit returns an object that later increments
 * change.
 */
export function createMemoryCounts(): MemoryCounts {
  const memory = new MemoryStore();

  function bucketOf(key: string): string {
    const { current, previous } = memory;
    if (current.size < MAX_COUNTED || current.has(key)) return key;
    // A caller that was counted in the previous window keeps its own bucket, as long as there are fewer than twice as
    // many buckets.
    return previous.has(key) && current.size < 2 * MAX_COUNTED ? key : OVERFLOW;
  }

  function incrementBy(key: string, hits: number): Promise<ClientRateLimitInfo> | ClientRateLimitInfo {
    const bucket = bucketOf(key);
    const counting = memory.increment(bucket);
    const live = memory.current.get(bucket);
    if (live === undefined) return counting;
    live.totalHits += hits - 1;
    return { totalHits: live.totalHits, resetTime: live.resetTime };
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

/**
 * Sets the window of a store. Only a limiter of express-rate-limit can set the window, so this function creates a
 * limiter and does not use it for anything else.
 */
export function withWindow<S extends Store>(store: S, windowSeconds: number): S {
  rateLimit({ windowMs: windowSeconds * 1000, store, validate: false });
  return store;
}
