import { UnavailableError } from './denial/errors.js';

/**
 * Longest time of each kind of waiting, in milliseconds. Past it the answer is 503.
 *
 * @see docs/configuration.md
 */
export const deadlines = {
  /** A key lookup that waits for its turn. One that cannot have it by then is refused at once. */
  lookUpTurnMs: 3000,
  /** A key lookup that is running. */
  lookUpMs: 6000,
  /** Everything that is done to find the caller of an unknown credential: turn, look-up, hash, and once more. */
  identifyMs: 10_000,
  /** A write that waits for a connection, while many others write. */
  writeTurnMs: 5000,
  /** A read of the primary for changes. */
  syncMs: 6000,
  /** The first look at the primary, and one that reads every kept change again. */
  wholeSyncMs: 60_000,
  /** A request that waits for a read of the primary, past the bound. */
  settleMs: 3000,
  /** An exchange. */
  exchangeMs: 15_000,
} as const;

/** Calls `work` after the given number of milliseconds; returns what prevents that. */
export type After = (ms: number, work: () => void) => () => void;

/** The timers of this process. */
export const systemAfter: After = (ms, work) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};

/**
 * Waits for `work` no longer than `ms`. What it gives later is dropped.
 *
 * Rejects as `work` does, or with UnavailableError that says what took too long.
 */
export function withDeadline<T>(ms: number, what: string, work: Promise<T>, after: After = systemAfter): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = after(ms, () => reject(tooLate(what, ms)));
    work.then(resolve, reject).finally(cancel);
  });
}

/** The fault of something that was not done in time. */
export function tooLate(what: string, ms: number): UnavailableError {
  return new UnavailableError('store', new Error(`${what} took longer than ${ms} ms`));
}
