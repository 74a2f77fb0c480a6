import type { WriteOutcome } from '@flairgate/core/internal';
import type { Call } from '../call.js';
import { type Captured, intercept } from './intercept.js';

/**
 * Time in milliseconds that the guard waits for a write whose caller closed the connection: the router can still do it,
 * and no other writer can write before. After that, its intent expires like that of a crashed process.
 */
export const ABANDONED_MS = 600_000;

/**
 * Runs the router with its answer held back. Undefined if the caller closed the connection before there was one.
 *
 * `graceMs`: time in milliseconds in which the router can still answer after that.
 */
export function runRouter({ guard, req, res, next, run }: Call, graceMs: number): Promise<Captured | undefined> {
  run.interception = intercept(req, res, { maxBytes: guard.maxAnswerBytes, graceMs });
  next();
  return run.interception.answered;
}

/** Returns the outcome of the write according to the router's answer. */
export function outcomeOf(captured: Captured | undefined): WriteOutcome {
  if (captured === undefined) return 'unknown';
  const { status } = captured;
  if (status >= 200 && status < 300) return 'done';
  return status >= 400 && status < 500 ? 'not-done' : 'unknown';
}
