import type { Denial } from './denial.js';
import { deny } from './denial-table.js';

/** One problem of a request: the field, and what it must be. */
export interface Issue {
  readonly field: string;
  readonly message: string;
}

/**
 * Creates the refusal `ERR_VALIDATION` with these issues.
 *
 * @example
 * denyIssues([{ field: 'name', message: 'must be a text' }]);
 */
export function denyIssues(issues: readonly Issue[]): Denial {
  return deny('ERR_VALIDATION', { members: { issues } });
}
