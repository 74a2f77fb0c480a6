import type { Denial } from './denial.js';
import { deny } from './denial-table.js';

/** One problem in a request: the field, and a rule that the field must follow. */
export interface Issue {
  readonly field: string;
  readonly message: string;
}

/**
 * Creates a denial `ERR_VALIDATION` with these issues.
 *
 * @example
 * denyIssues([{ field: 'name', message: 'must be a text' }]);
 */
export function denyIssues(issues: readonly Issue[]): Denial {
  return deny('ERR_VALIDATION', { members: { issues } });
}
