import { allow, type Outcome } from '../answer/denial.js';
import { denyIssues } from '../answer/issue.js';
import type { Store } from '../store/store.js';

/** A slice of a list. */
export interface PageInput {
  /** Most entries; 1 to 1000. */
  readonly limit?: number | undefined;
  /** Where the page before ended, as it said. */
  readonly cursor?: string | undefined;
}

export interface Paged<T> {
  readonly entries: readonly T[];
  /** Absent at the end of the list. */
  readonly cursor?: string;
}

/** Most entries of one page. */
export const MAX_PAGE = 1000;

/** Which list a cursor is of, and for whom: a cursor is good for nothing else. */
export interface CursorScope {
  readonly list: string;
  readonly reader: string;
}

/** Checks a page and opens its cursor; gives the place it names. */
export function openPage(
  store: Store,
  scope: CursorScope,
  { limit = MAX_PAGE, cursor }: PageInput,
): Outcome<{ readonly limit: number; readonly after: string | undefined }> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    return denyIssues([{ field: 'limit', message: `whole number from 1 to ${MAX_PAGE}` }]);
  }
  if (cursor === undefined) return allow({ limit, after: undefined });
  try {
    return allow({ limit, after: store.material.open(cursor, contextOf(scope)).toString('utf8') });
  } catch {
    return denyIssues([{ field: 'cursor', message: 'send it as the page before gave it' }]);
  }
}

/**
 * Cuts a page out of rows that were read with one more than its limit.
 *
 * The cursor is sealed, so that it says nothing and nobody makes one; it names the last row given, so that rows
 * which come or go meanwhile move no other.
 */
export function closePage<T>(
  store: Store,
  scope: CursorScope,
  limit: number,
  rows: readonly T[],
  placeOf: (row: T) => string,
): Paged<T> {
  const entries = rows.slice(0, limit);
  const last = entries.at(-1);
  if (rows.length <= limit || last === undefined) return { entries };
  return { entries, cursor: store.material.seal(placeOf(last), contextOf(scope)) };
}

function contextOf({ list, reader }: CursorScope): string {
  return `cursor:${JSON.stringify([list, reader])}`;
}
