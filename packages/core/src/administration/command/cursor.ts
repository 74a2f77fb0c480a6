import { allow, type Outcome } from '../../denial/denial.js';
import { denyIssues } from '../../denial/issue.js';
import type { TableName, Tables } from '../../store/rows.js';
import type { Store } from '../../store/store.js';
import type { KeyOf, ReadTransaction } from '../../store/transaction.js';

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

/** Entries of a list that is asked for without a limit: clients that know no pages take it for the whole. */
export const WHOLE_LIST = 10_000;

/** Which list a cursor is of, and for whom: a cursor is good for nothing else. */
export interface CursorScope {
  readonly list: string;
  readonly reader: string;
}

/** Checks a page and opens its cursor; gives the place it names. */
export function openPage(
  store: Store,
  scope: CursorScope,
  { limit: asked, cursor }: PageInput,
): Outcome<{ readonly limit: number; readonly after: string | undefined }> {
  if (asked !== undefined && (!Number.isInteger(asked) || asked < 1 || asked > MAX_PAGE)) {
    return denyIssues([{ field: 'limit', message: `whole number from 1 to ${MAX_PAGE}` }]);
  }
  const limit = asked ?? MAX_PAGE;
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

/** Which rows a list is made of, and how one of them is named as the end of a page. */
export interface ListedRows<T extends TableName> {
  readonly table: T;
  readonly where: Partial<Tables[T]>;
  readonly placeOf: (row: Tables[T]) => string;
  /** The primary key of the row at this place. */
  readonly after: (place: string) => KeyOf<T>;
}

/**
 * Reads a list: one page of it, or all of it, up to {@link WHOLE_LIST}, where no limit is asked for.
 *
 * The whole is read by pages too, each in a transaction of its own: others are served in between.
 */
export async function readList<T>(
  page: PageInput,
  readPage: (page: PageInput) => Promise<Outcome<Paged<T>>>,
): Promise<Outcome<Paged<T>>> {
  if (page.limit !== undefined) return readPage(page);
  const entries: T[] = [];
  let { cursor } = page;
  for (;;) {
    const read = await readPage({ limit: MAX_PAGE, cursor });
    if (!read.allowed) return read;
    for (const entry of read.value.entries) entries.push(entry);
    cursor = read.value.cursor;
    if (cursor === undefined) return allow({ entries });
    if (entries.length >= WHOLE_LIST) return allow({ entries, cursor });
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Reads one page of rows in primary-key order. */
export async function findPage<T extends TableName>(
  store: Store,
  tx: ReadTransaction,
  scope: CursorScope,
  page: PageInput,
  { table, where, placeOf, after }: ListedRows<T>,
): Promise<Outcome<Paged<Tables[T]>>> {
  const opened = openPage(store, scope, page);
  if (!opened.allowed) return opened;
  const { limit, after: place } = opened.value;
  const from = place === undefined ? {} : { after: after(place) };
  const rows = await tx.find(table, where, { limit: limit + 1, ...from });
  return allow(closePage(store, scope, limit, rows, placeOf));
}

/** Shows the entries of a page in another form. What that takes is read for all of them at once. */
export async function showPage<T, R>(
  { entries, ...rest }: Paged<T>,
  show: (entries: readonly T[]) => Promise<readonly R[]>,
): Promise<Paged<R>> {
  return { ...rest, entries: await show(entries) };
}

function contextOf({ list, reader }: CursorScope): string {
  return `cursor:${JSON.stringify([list, reader])}`;
}
