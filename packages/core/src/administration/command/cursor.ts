import { allow, type Outcome } from '../../denial/denial.js';
import { denyIssues } from '../../denial/issue.js';
import { integerIssues } from '../../options/integer.js';
import type { TableName, Tables } from '../../store/rows.js';
import type { Store } from '../../store/store.js';
import type { KeyOf, ReadTransaction } from '../../store/transaction.js';

/** Selects one page of a list. */
export interface PageInput {
  /** Maximum number of entries on the page, an integer from 1 to 1000. */
  readonly limit?: number | undefined;
  /** Cursor returned with the previous page. */
  readonly cursor?: string | undefined;
}

export interface Paged<T> {
  readonly entries: readonly T[];
  /** Cursor for the next page. Absent at the end of the list. */
  readonly cursor?: string;
}

/** Maximum number of entries on one page. */
export const MAX_PAGE = 1000;

/**
 * Maximum number of entries in the response to a request without a limit. A client that does not support pages treats
 * this response as the whole list.
 */
export const WHOLE_LIST = 10_000;

/** The list and the reader that a cursor was created for. The cursor is valid for no other list or reader. */
export interface CursorScope {
  readonly list: string;
  readonly reader: string;
}

/** Checks a page request and decrypts its cursor. Returns the position that the cursor contains as `after`. */
export function openPage(
  store: Store,
  scope: CursorScope,
  { limit: asked, cursor }: PageInput,
): Outcome<{ readonly limit: number; readonly after: string | undefined }> {
  const limit = asked ?? MAX_PAGE;
  const issues = integerIssues('limit', limit, { least: 1, most: MAX_PAGE });
  if (issues.length > 0) return denyIssues(issues);
  if (cursor === undefined) return allow({ limit, after: undefined });
  try {
    return allow({ limit, after: store.material.open(cursor, sealContext(scope)).toString('utf8') });
  } catch {
    return denyIssues([{ field: 'cursor', message: 'must be the cursor returned with the previous page' }]);
  }
}

/**
 * Returns a page of at most `limit` rows. The caller must read one row more than `limit`: if that row exists, another
 * page follows.
 *
 * The cursor is encrypted, so that it reveals nothing and cannot be forged. The cursor contains the position of the
 * last returned row. Rows that are added or removed between two requests therefore do not shift the following pages.
 */
export function closePage<T>(
  store: Store,
  scope: CursorScope,
  { rows, limit }: { readonly rows: readonly T[]; readonly limit: number },
  placeOf: (row: T) => string,
): Paged<T> {
  const entries = rows.slice(0, limit);
  const last = entries.at(-1);
  if (rows.length <= limit || last === undefined) return { entries };
  return { entries, cursor: store.material.seal(placeOf(last), sealContext(scope)) };
}

/** Describes the rows of a list, and converts between a row and its position in a cursor. */
export interface ListedRows<T extends TableName> {
  readonly scope: CursorScope;
  readonly table: T;
  readonly where: Partial<Tables[T]>;
  readonly placeOf: (row: Tables[T]) => string;
  /** Returns the primary key of the row whose position is `place`. */
  readonly after: (place: string) => KeyOf<T>;
}

/**
 * Reads one page of a list. If the request has no limit, reads the whole list, up to {@link WHOLE_LIST} entries.
 *
 * A whole list is read page by page. Each page is read in its own transaction, so that other requests can run in
 * between.
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
  page: PageInput,
  { scope, table, where, placeOf, after }: ListedRows<T>,
): Promise<Outcome<Paged<Tables[T]>>> {
  const opened = openPage(store, scope, page);
  if (!opened.allowed) return opened;
  const { limit, after: place } = opened.value;
  const from = place === undefined ? {} : { after: after(place) };
  const rows = await tx.find(table, where, { limit: limit + 1, ...from });
  return allow(closePage(store, scope, { rows, limit }, placeOf));
}

/**
 * Converts the entries of a page with the function `show`. The function receives all entries at once, so that it can
 * read related rows in one query.
 */
export async function showPage<T, R>(
  { entries, ...rest }: Paged<T>,
  show: (entries: readonly T[]) => Promise<readonly R[]>,
): Promise<Paged<R>> {
  return { ...rest, entries: await show(entries) };
}

function sealContext({ list, reader }: CursorScope): string {
  return `cursor:${JSON.stringify([list, reader])}`;
}
