import type { WriteOutcome } from '@flairgate/core/internal';
import type { Call } from '../call.js';
import { type Captured, intercept } from './intercept.js';

/**
 * How long a write is waited for whose caller went away: the router may still do it, and nobody else may write before
 * it has. After that its intent ends as one of a dead process does.
 */
export const ABANDONED_MS = 600_000;

/**
 * Lets the router run with its answer held back. Undefined when the caller went away before there was one.
 *
 * `graceMs`: how long the router may still answer after that.
 */
export function runRouter({ guard, req, res, next, run }: Call, graceMs: number): Promise<Captured | undefined> {
  run.interception = intercept(req, res, { maxBytes: guard.maxAnswerBytes, graceMs });
  next();
  return run.interception.answered;
}

/** What the router says became of the write. */
export function outcomeOf(captured: Captured | undefined): WriteOutcome {
  if (captured === undefined) return 'unknown';
  const { status } = captured;
  if (status >= 200 && status < 300) return 'done';
  return status >= 400 && status < 500 ? 'not-done' : 'unknown';
}
