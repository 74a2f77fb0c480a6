import { allow, type Outcome } from '@flairgate/core';
import { z } from 'zod';
import { explainIssues } from './fields.js';

/** The answer of a command that has nothing more to tell. */
export const success = z.object({ success: z.literal(true) });

/** Prints the outcome of a command that has nothing more to tell. */
export function succeeded(outcome: Outcome<unknown>): Outcome<{ success: true }> {
  return outcome.allowed ? allow({ success: true }) : explainIssues(outcome);
}
