import { UnavailableError } from '@flairgate/core';
import { type ClientRateLimitInfo, MemoryStore, type Store } from 'express-rate-limit';

/** What a limit does while its store is down. */
export type OnStoreFailure = 'local' | 'open' | 'closed';

/** Longest wait for a shared store; after it, the store counts as down. */
const TIMEOUT_MS = 500;

/** How long a store that failed is left alone, so that not every request waits for it. */
const REST_MS = 1000;

/**
 * Puts a stated behaviour around a shared counter that may fail: counting in this process (`local`), letting requests
 * pass (`open`, by the limiter), or 503 (`closed`).
 *
 * Local counts start at zero: while the store is down, each process gives the whole limit.
 */
export function guardLimitStore(shared: Store, onFailure: OnStoreFailure): Store {
  const local = new MemoryStore();
  const down: Down = { until: 0, cause: undefined };
  return {
    ...(shared.prefix === undefined ? {} : { prefix: shared.prefix }),
    init(options) {
      local.init(options);
      return shared.init?.(options);
    },
    async increment(key) {
      try {
        return await incrementShared(shared, down, key);
      } catch (error) {
        if (onFailure === 'local') return local.increment(key);
        throw onFailure === 'closed' ? new UnavailableError('store', error) : error;
      }
    },
    decrement: (key) => shared.decrement(key),
    resetKey: (key) => shared.resetKey(key),
    shutdown() {
      local.shutdown();
      void shared.shutdown?.();
    },
  };
}

interface Down {
  until: number;
  cause: unknown;
}

async function incrementShared(shared: Store, down: Down, key: string): Promise<ClientRateLimitInfo> {
  if (performance.now() < down.until) throw down.cause;
  try {
    return await within(TIMEOUT_MS, shared.increment(key));
  } catch (error) {
    down.until = performance.now() + REST_MS;
    down.cause = error;
    throw error;
  }
}

async function within<T>(timeoutMs: number, work: T | Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the store of the limit did not answer in time')), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
