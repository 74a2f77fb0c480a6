import { UnavailableError } from './denial/errors.js';

/**
 * Maximum time, in milliseconds, for each kind of work or wait. When it is exceeded, the response is 503.
 *
 * @see docs/configuration.md
 */
export const deadlines = {
  /**
   * Wait of a key lookup in the queue. A lookup that is not expected to start within this time is refused immediately.
   */
  lookUpTurnMs: 3000,
  /** A running key lookup. */
  lookUpMs: 6000,
  /** All steps to find the caller for an uncached credential: queue, lookup, hash, and one repetition. */
  identifyMs: 10_000,
  /** Wait of a write for a connection, because many others write. */
  writeTurnMs: 5000,
  /** A poll of the primary for changes. */
  syncMs: 6000,
  /** The first poll of the primary after startup, and any poll that reads all stored changes. */
  wholeSyncMs: 60_000,
  /** Wait of a request for a poll of the primary, because the last one is older than the maximum staleness. */
  settleMs: 3000,
  /** A token exchange. */
  exchangeMs: 15_000,
  /** A transaction of a command or list, in a store that the host implements without timeouts of its own. */
  commandMs: 60_000,
} as const;

/** Calls `work` after the given number of milliseconds. Returns a function that cancels the call. */
export type After = (ms: number, work: () => void) => () => void;

/** The timers of this process. */
export const systemAfter: After = (ms, work) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};

/**
 * Waits for `work` for at most `ms` milliseconds. A later result is ignored.
 *
 * Rejects if `work` does, or with an UnavailableError whose cause names the work that took too long.
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
