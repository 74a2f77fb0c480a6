import { allow, type Outcome } from '@flairgate/core';
import { z } from 'zod';
import { explainIssues } from './fields.js';

/** Schema of the response to a command without a result. */
export const success = z.object({ success: z.literal(true) });

/**
 * Converts the outcome of a command without a result: success becomes `{ success: true }`, and a refusal stays a
 * refusal.
 */
export function succeeded(outcome: Outcome<unknown>): Outcome<{ success: true }> {
  return outcome.allowed ? allow({ success: true }) : explainIssues(outcome);
}
