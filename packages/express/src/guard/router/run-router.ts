import type { WriteOutcome } from '@flairgate/core/internal';
import type { Call } from '../call.js';
import { type Captured, intercept } from './intercept.js';

/**
 * Maximum time in milliseconds for which the guard waits for the response to a write after the client closed the
 * connection. The router may still complete the write, so other writers stay blocked during this time. Afterwards, the
 * intent (the record of the begun write) expires like the intent of a crashed process.
 */
export const ABANDONED_MS = 600_000;

/**
 * Runs the router, holds back its response and returns it. Returns undefined if the client closed the connection and
 * the router did not respond within `graceMs` milliseconds afterwards.
 */
export function runRouter({ guard, req, res, next, run }: Call, graceMs: number): Promise<Captured | undefined> {
  run.interception = intercept(req, res, { maxBytes: guard.maxAnswerBytes, graceMs });
  next();
  return run.interception.answered;
}

/** Returns the outcome of a write as indicated by the router's response. */
export function outcomeOf(captured: Captured | undefined): WriteOutcome {
  if (captured === undefined) return 'unknown';
  const { status } = captured;
  if (status >= 200 && status < 300) return 'done';
  return status >= 400 && status < 500 ? 'not-done' : 'unknown';
}
