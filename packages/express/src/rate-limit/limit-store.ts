import { OptionError, UnavailableError } from '@flairgate/core';
import type { ClientRateLimitInfo, Store } from 'express-rate-limit';
import { publishFault } from '../events.js';
import { createMemoryCounts, type LimitCounts } from './memory-counts.js';

/**
 * Behavior of a limit while its store is down: `local` counts in this process, `open` lets requests through, `closed`
 * refuses them.
 */
export type OnStoreFailure = 'local' | 'open' | 'closed';

/** Name and window of a limit. Limits with the same name and window share their counts. */
export interface LimitName {
  readonly name: string;
  readonly windowSeconds: number;
}

/**
 * A store for express-rate-limit. It may also be able to add several hits in one step, for requests that cost more than
 * one hit.
 */
export type LimitStore = Store & Partial<Pick<LimitCounts, 'incrementBy'>>;

/**
 * Object that creates a store for each limit, such as `redisLimits`. All these stores share one connection and can be
 * used with express-rate-limit.
 */
export interface LimitStores {
  storeFor(limit: LimitName): LimitStore;
}

/**
 * Checks the option `store` of a limit.
 *
 * @throws OptionError
 */
export function parseLimitStores(option: string, given: LimitStores | undefined): LimitStores | undefined {
  if (given === undefined || typeof given?.storeFor === 'function') return given;
  throw new OptionError(`${option}: must be an object with \`storeFor\`, such as \`await redisLimits({ url })\``);
}

/** Maximum time in milliseconds to wait for a shared store. A store that takes longer counts as down. */
const STORE_TIMEOUT_MS = 500;

/**
 * Time in milliseconds for which a failed store is not used. Afterwards a single request tries the store. Until that
 * request succeeds, all other requests treat the store as down.
 */
const REST_MS = 1000;

/**
 * Wraps a shared store that can fail. While the store is down, `onFailure` determines what happens to a request: the
 * request is counted in this process (`local`), let through by the limiter (`open`), or refused with a 503 response
 * (`closed`).
 *
 * Local counts start at zero, so each process allows the whole limit while the store is down. The first failure of an
 * outage is published on the diagnostics channel `flairgate:fault`.
 */
export function guardLimitStore(shared: LimitStore, onFailure: OnStoreFailure): LimitCounts {
  const local = createMemoryCounts();
  const outage: Outage = { cause: undefined, restsUntil: 0, isTried: false };

  async function incrementBy(key: string, hits: number): Promise<ClientRateLimitInfo> {
    try {
      return await untilDown(outage, () => addHits(shared, key, hits));
    } catch (error) {
      if (onFailure === 'local') return local.incrementBy(key, hits);
      throw onFailure === 'closed' ? new UnavailableError('store', error) : error;
    }
  }

  return {
    ...(shared.prefix === undefined ? {} : { prefix: shared.prefix }),
    init(options) {
      void local.init?.(options);
      return shared.init?.(options);
    },
    increment: (key) => incrementBy(key, 1),
    incrementBy,
    decrement: (key) => shared.decrement(key),
    resetKey: (key) => shared.resetKey(key),
    shutdown() {
      void local.shutdown?.();
      void shared.shutdown?.();
    },
  };
}

/** Maximum number of increments for one request, if the store can only add one hit at a time. */
const MAX_INCREMENTS = 10_000;

async function addHits(store: LimitStore, key: string, hits: number): Promise<ClientRateLimitInfo> {
  if (hits === 1) return store.increment(key);
  if (store.incrementBy !== undefined) return store.incrementBy(key, hits);
  const length = Math.min(hits, MAX_INCREMENTS);
  const counted = await Promise.all(Array.from({ length }, async () => store.increment(key)));
  return counted.reduce((highest, one) => (one.totalHits > highest.totalHits ? one : highest));
}

interface Outage {
  /** Last error of the store. Undefined while the store works. */
  cause: Error | undefined;
  restsUntil: number;
  isTried: boolean;
}

/**
 * Counts a request in the shared store. While the store is down, throws the store's last error and does not call the
 * store. After a pause, one request at a time calls the store again.
 */
async function untilDown(outage: Outage, count: () => Promise<ClientRateLimitInfo>): Promise<ClientRateLimitInfo> {
  const { cause } = outage;
  if (cause !== undefined && (outage.isTried || performance.now() < outage.restsUntil)) throw cause;
  outage.isTried = cause !== undefined;
  try {
    const counted = await rejectAfter(STORE_TIMEOUT_MS, count());
    outage.cause = undefined;
    return counted;
  } catch (error) {
    if (outage.cause === undefined) publishFault(new UnavailableError('store', error));
    outage.cause = error instanceof Error ? error : new Error('the store of the limit failed', { cause: error });
    outage.restsUntil = performance.now() + REST_MS;
    throw outage.cause;
  } finally {
    if (cause !== undefined) outage.isTried = false;
  }
}

async function rejectAfter<T>(timeoutMs: number, work: T | Promise<T>): Promise<T> {
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
