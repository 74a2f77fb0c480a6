import { UnavailableError } from './denial/errors.js';

/**
 * Maximum times, in milliseconds, for each kind of work or wait. When a time limit is exceeded, the response is 503.
 *
 * @see docs/configuration.md
 */
export const deadlines = {
  /**
   * Time limit for a key lookup that waits in the queue. A lookup that is not expected to start within this time is
   * refused immediately.
   */
  lookUpTurnMs: 3000,
  /** Time limit for a running key lookup. */
  lookUpMs: 6000,
  /** Time limit for finding the caller if the credential is not cached: queue, lookup, hash, and one repetition. */
  identifyMs: 10_000,
  /** Time limit for a write that waits for a connection because many others write. */
  writeTurnMs: 5000,
  /** Time limit for a poll of the primary for changes. */
  syncMs: 6000,
  /** Time limit for the first poll of the primary after startup, and for any poll that reads all stored changes. */
  wholeSyncMs: 60_000,
  /** Time limit for a request that waits for a poll, because the last poll is older than the maximum staleness. */
  settleMs: 3000,
  /** Time limit for a token exchange. */
  exchangeMs: 15_000,
  /**
   * Time limit for any call of the store: a transaction, a statement outside a transaction, or a write in the
   * background. This limit is needed for a store that the host implements and that has no timeouts of its own.
   */
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
 * Waits for `work` for at most `ms` milliseconds. A result that arrives later is ignored.
 *
 * Rejects with the error of `work` if `work` rejects. Rejects with an UnavailableError if `work` takes too long. The
 * cause of this error contains `what`, the name of the work.
 */
export function withDeadline<T>(ms: number, what: string, work: Promise<T>, after: After = systemAfter): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = after(ms, () => reject(tooLate(what, ms)));
    work.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error);
      },
    );
  });
}

/** Returns the error for work that took longer than its deadline. */
export function tooLate(what: string, ms: number): UnavailableError {
  return new UnavailableError('store', new Error(`${what} took longer than ${ms} ms`));
}
