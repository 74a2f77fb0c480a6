import type { Denial } from './denial.js';
import { deny } from './denial-table.js';

/** One thing that is wrong with a request: which field, and what to write instead. */
export interface Issue {
  readonly field: string;
  readonly message: string;
}

/** Refuses with `ERR_VALIDATION` and these issues. */
export function denyIssues(issues: readonly Issue[]): Denial {
  return deny('ERR_VALIDATION', { members: { issues } });
}
