import { UnavailableError } from './denial/errors.js';

/**
 * Longest time, in milliseconds, that each kind of work or wait can take. After it, the request is answered 503.
 *
 * @see docs/configuration.md
 */
export const deadlines = {
  /** A key lookup that waits in the queue. If it cannot start within this time, it is refused immediately. */
  lookUpTurnMs: 3000,
  /** A key lookup that is running. */
  lookUpMs: 6000,
  /** All steps that find the caller of an uncached credential: queue, lookup, hash, and one repetition. */
  identifyMs: 10_000,
  /** A write that waits for a connection because many others write. */
  writeTurnMs: 5000,
  /** A read of the primary for changes. */
  syncMs: 6000,
  /** The first read of the primary after the start, and any read of all stored changes. */
  wholeSyncMs: 60_000,
  /** A request that waits for a read of the primary because the staleness bound has passed. */
  settleMs: 3000,
  /** An exchange. */
  exchangeMs: 15_000,
  /** A transaction of a command or a list, over a store of the host that has no timeouts of its own. */
  commandMs: 60_000,
} as const;

/** Calls `work` after the given number of milliseconds. Returns the function that cancels it. */
export type After = (ms: number, work: () => void) => () => void;

/** The timers of this process. */
export const systemAfter: After = (ms, work) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};

/**
 * Waits for `work` for at most `ms` milliseconds. A result that arrives later is dropped.
 *
 * Rejects as `work` does, or with an UnavailableError whose cause says what took too long.
 */
export function withDeadline<T>(ms: number, what: string, work: Promise<T>, after: After = systemAfter): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = after(ms, () => reject(tooLate(what, ms)));
    work.then(resolve, reject).finally(cancel);
  });
}

/** Returns the error for work that took longer than its deadline. */
export function tooLate(what: string, ms: number): UnavailableError {
  return new UnavailableError('store', new Error(`${what} took longer than ${ms} ms`));
}
