import type { WriteOutcome } from '@flairgate/core';
import type { Call } from './call.js';
import { type Captured, type Interception, intercept } from './intercept.js';

/**
 * How long a write is waited for whose caller went away: the router may still do it, and nobody else may write before
 * it has. After that its intent ends as one of a dead process does.
 */
const ABANDONED_MS = 600_000;

/** Lets the router run with its answer held back. */
export async function runRouter(
  call: Call,
): Promise<{ readonly interception: Interception; readonly captured: Captured | undefined }> {
  const { guard, req, res, next } = call;
  const interception = intercept(req, res, { maxBytes: guard.maxAnswerBytes, graceMs: ABANDONED_MS });
  next();
  return { interception, captured: await interception.answered };
}

/** What the router says became of the write. */
export function outcomeOf(captured: Captured | undefined): WriteOutcome {
  if (captured === undefined) return 'unknown';
  const { status } = captured;
  if (status >= 200 && status < 300) return 'done';
  return status >= 400 && status < 500 ? 'not-done' : 'unknown';
}
