import { MemoryStore, rateLimit, type Store } from 'express-rate-limit';

/** Callers counted at once. Past it all counts start anew, so that memory stays bounded whoever calls. */
const MAX_COUNTED = 100_000;

/**
 * Counts in the memory of this process, with express-rate-limit's own counter.
 *
 * Each count is given as it was when it was counted: the library's counter gives the live one, on which calls that
 * are counted together would all read the last number.
 */
export function memoryCounts(): Store {
  const memory = new MemoryStore();
  return {
    localKeys: true,
    init: (options) => memory.init(options),
    increment(key) {
      if (memory.current.size >= MAX_COUNTED) void memory.resetAll();
      const counting = memory.increment(key);
      const live = memory.current.get(key);
      return live === undefined ? counting : { totalHits: live.totalHits, resetTime: new Date(live.resetTime) };
    },
    decrement: (key) => memory.decrement(key),
    resetKey: (key) => memory.resetKey(key),
    shutdown: () => memory.shutdown(),
  };
}

/** Tells a store its window. Only the library's limiter knows how, which is why one is made here. */
export function withWindow(store: Store, windowSeconds: number): Store {
  rateLimit({ windowMs: windowSeconds * 1000, store, validate: false });
  return store;
}
