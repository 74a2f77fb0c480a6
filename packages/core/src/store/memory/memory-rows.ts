import type { PolicyRow, TableName, Tables } from '../rows.js';
import { schema } from '../schema.js';
import { type KeyOf, type Page, UniqueError } from '../transaction.js';
import { compareValues, pageColumns } from '../values.js';

/**
 * Returns the rows with a frozen copy of `row` inserted in primary-key order.
 *
 * @throws UniqueError if another row has the same primary key, or the same values in a unique column set
 */
export function placed<T extends TableName>(
  table: T,
  rows: readonly Tables[T][],
  row: Tables[T],
): readonly Tables[T][] {
  const at = positionOf(table, rows, row);
  if (at.found || schema[table].unique.some((columns) => clashes(rows, row, columns))) throw new UniqueError(table);
  return rows.toSpliced(at.index, 0, frozenCopy(row));
}

function clashes<R>(rows: readonly R[], row: R, columns: readonly (keyof R)[]): boolean {
  if (columns.some((column) => row[column] === null)) return false;
  return rows.some((other) => columns.every((column) => other[column] === row[column]));
}

/** Returns a frozen copy of a row, converted to JSON and back as in a database that stores JSON text. */
function frozenCopy<R>(row: R): R {
  return JSON.parse(JSON.stringify(row), (_name, value) => Object.freeze(value));
}

/** True if the row has the values of all columns in `where`. */
export function matchesRow<R extends object>(row: R, where: Partial<R>): boolean {
  for (const column in where) if (row[column] !== where[column]) return false;
  return true;
}

/** True if the policy grants something to at least one of the groups. */
export function namesGroup({ grants }: Pick<PolicyRow, 'grants'>, gids: readonly string[]): boolean {
  return gids.some((gid) => Object.hasOwn(grants, gid));
}

/** Returns the rows of one page. */
export function slice<T extends TableName>(table: T, rows: readonly Tables[T][], page: Page<T>): readonly Tables[T][] {
  const columns = pageColumns(table, page);
  const { after, limit, descending = false } = page;
  const ordered = descending ? rows.toReversed() : rows;
  if (after === undefined) return ordered.slice(0, limit);
  const sign = descending ? -1 : 1;
  const start = ordered.findIndex((row) => sign * compareBy(columns, row, after) > 0);
  return start < 0 ? [] : ordered.slice(start, start + limit);
}

/** Returns the index of the row with the same primary key, or the index at which such a row must be inserted. */
export function positionOf<T extends TableName>(table: T, rows: readonly Tables[T][], row: KeyOf<T>): Position {
  const primary: readonly (keyof Tables[T])[] = schema[table].primary;
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareBy(primary, rows[middle] ?? row, row);
    if (order === 0) return { index: middle, found: true };
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return { index: low, found: false };
}

interface Position {
  readonly index: number;
  readonly found: boolean;
}

function compareBy<R>(columns: readonly (keyof R)[], a: Partial<R>, b: Partial<R>): number {
  for (const column of columns) {
    const order = compareValues(a[column], b[column]);
    if (order !== 0) return order;
  }
  return 0;
}
