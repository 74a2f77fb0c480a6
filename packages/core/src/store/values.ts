import type { TableName, Tables } from './rows.js';
import { schema } from './schema.js';
import type { KeyOf, Page } from './transaction.js';

type Column<T extends TableName> = Extract<keyof Tables[T], string>;
type Scalar = string | number | boolean | null;

/**
 * Asserts that every store can store the values of a row or patch and return them unchanged. Refuses `undefined`, a
 * string with a NUL or an unpaired surrogate, and a number that is not a safe integer. JSON columns may contain any
 * JSON.
 *
 * @throws TypeError whose message contains the column but never the value
 * @example
 * assertStorable('setting', { name: 'color', value: 'green' });
 */
export function assertStorable<T extends TableName>(table: T, values: Partial<Tables[T]>): void {
  const json: readonly string[] = schema[table].json;
  for (const [column, value] of Object.entries(values)) {
    if (value === undefined) throw new TypeError(`${table}.${column} is undefined`);
    if (!json.includes(column) && !isStorable(value)) throw new TypeError(`${table}.${column} cannot be stored`);
  }
}

/**
 * True if a row may match `where`. False if `where` contains a value that no row can contain, because `assertStorable`
 * refuses it. With this check, a search for such a value from a caller finds nothing in any store, instead of causing
 * an error.
 *
 * @throws TypeError if `where` contains `undefined` or a JSON column. Ignoring such a column would match too many rows
 * @example
 * const rows = isMatchable(table, where) ? await tx.find(table, where) : [];
 */
export function isMatchable<T extends TableName>(table: T, where: Partial<Tables[T]>): boolean {
  const json: readonly string[] = schema[table].json;
  let matchable = true;
  for (const [column, value] of Object.entries(where)) {
    if (value === undefined) throw new TypeError(`${table}.${column} is undefined`);
    if (json.includes(column)) throw new TypeError(`${table}.${column} is JSON: rows are not found by it`);
    if (!isStorable(value)) matchable = false;
  }
  return matchable;
}

/**
 * Asserts that `key` consists of exactly the columns of the table's primary key.
 *
 * @throws TypeError if `key` lacks one of these columns or has any other column
 * @example
 * assertPrimary('key', { keyId }); // a column that is not a primary key throws
 */
export function assertPrimary<T extends TableName>(table: T, key: KeyOf<T>): void {
  const { primary } = schema[table];
  if (leadingColumns(table, key).length !== primary.length) {
    throw new TypeError(`the primary key of ${table} is ${primary.join(', ')}`);
  }
}

/**
 * Returns the columns of `key`, in the order of the primary key.
 *
 * @throws TypeError if `key` does not consist of one or more of the first columns of the primary key
 */
function leadingColumns<T extends TableName>(table: T, key: KeyOf<T>): readonly Column<T>[] {
  const { primary } = schema[table];
  const columns = primary.slice(0, Object.keys(key).length);
  if (columns.length > 0 && columns.every((column) => key[column] !== undefined)) return columns;
  throw new TypeError(`the primary key of ${table} is ${primary.join(', ')}`);
}

/**
 * Returns the columns by which rows are compared with a page's `after`. Empty if the page has no `after`.
 *
 * @throws TypeError if `after` does not consist of the first columns of the primary key, or if `limit` is not a
 * non-negative integer
 * @example
 * const order = pageColumns('key', { limit: 100 }); // []
 */
export function pageColumns<T extends TableName>(table: T, page: Page<T>): readonly Column<T>[] {
  if (!Number.isSafeInteger(page.limit) || page.limit < 0) throw new TypeError(`a page of ${table} needs a limit`);
  if (page.after === undefined) return [];
  assertStorable(table, page.after);
  return leadingColumns(table, page.after);
}

/** Compares numbers by value, and strings by their UTF-8 bytes as the databases do. */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compareText(String(a), String(b));
}

function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const difference = rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/**
 * Returns the sort rank of a UTF-16 code unit. Surrogates rank above U+E000 to U+FFFF, because UTF-8 sorts by code
 * point.
 */
function rank(codeUnit: number): number {
  if (codeUnit < 0xd800) return codeUnit;
  return codeUnit < 0xe000 ? codeUnit + 0x2000 : codeUnit - 0x800;
}

function isStorable(value: unknown): value is Scalar {
  if (typeof value === 'string') return !value.includes('\0') && !/\p{Surrogate}/u.test(value);
  if (typeof value === 'number') return Number.isSafeInteger(value);
  return value === null || typeof value === 'boolean';
}

/**
 * Checks a row that a store returned, or undefined if the store found no row. Returns the row unchanged.
 *
 * @throws Error if the value is neither a row of the table nor undefined
 */
export function checkedRow<T extends TableName>(table: T, row: Tables[T] | undefined): Tables[T] | undefined {
  if (row !== undefined && !isRow(table, row)) throw odd(table);
  return row;
}

/**
 * Checks a list of rows that a store returned. Returns the list unchanged.
 *
 * @throws Error if the value is not a list of rows of the table
 */
export function checkedRows<T extends TableName>(table: T, rows: readonly Tables[T][]): readonly Tables[T][] {
  if (!Array.isArray(rows)) throw odd(table);
  for (const row of rows) if (!isRow(table, row)) throw odd(table);
  return rows;
}

/**
 * Checks an object with the rows of several tables that a store returned. Returns the object unchanged.
 *
 * @throws Error if a member of the object is not a list of rows of the table with its name
 */
export function checkedTables<R extends object>(rows: R): R {
  if (typeof rows !== 'object' || rows === null) throw new Error('the store returned no rows by table');
  for (const [table, list] of Object.entries(rows)) if (isTable(table)) checkedRows(table, list);
  return rows;
}

/**
 * Checks a value that a store returned. Returns the value unchanged.
 *
 * @throws Error if the type of the value is not `type`, or if the value is a number but not a non-negative integer
 */
export function checkedValue<V extends boolean | number | string>(type: 'boolean' | 'number' | 'string', value: V): V {
  const isCount = typeof value !== 'number' || (Number.isSafeInteger(value) && value >= 0);
  if (typeof value !== type || !isCount) throw new Error(`the store returned no ${type}`);
  return value;
}

/**
 * Checks a list of strings that a store returned. Returns the list unchanged. @throws Error if it is not a list of
 * strings
 */
export function checkedTexts(texts: readonly string[]): readonly string[] {
  if (!Array.isArray(texts) || texts.some((text) => typeof text !== 'string')) {
    throw new Error('the store returned no list of texts');
  }
  return texts;
}

/**
 * True if a value looks like a row of the table. The columns by which rows are found must contain strings, numbers or
 * other single values. JSON columns must contain objects or null, and boolean columns must contain booleans.
 */
function isRow<T extends TableName>(table: T, row: unknown): boolean {
  if (typeof row !== 'object' || row === null) return false;
  const { primary, json, boolean } = schema[table];
  return (
    primary.every((column) => isKeyPart(Reflect.get(row, column))) &&
    scalarColumns[table].every((column) => isScalar(Reflect.get(row, column))) &&
    json.every((column) => typeof Reflect.get(row, column) === 'object') &&
    boolean.every((column) => typeof Reflect.get(row, column) === 'boolean')
  );
}

/** The columns of each table that are part of an index, but not of the primary key. */
const scalarColumns = Object.fromEntries(
  Object.entries(schema).map(([table, { primary, indexes, unique }]) => {
    const columns: ReadonlySet<string> = new Set([...indexes, ...unique].flat());
    return [table, [...columns].filter((column) => !primary.some((part) => part === column))];
  }),
) as unknown as Readonly<Record<TableName, readonly string[]>>;

function isKeyPart(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number';
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value === 'boolean' || isKeyPart(value);
}

function isTable(name: string): name is TableName {
  return Object.hasOwn(schema, name);
}

/**
 * Returns the error for a result that does not consist of rows of the table. The message contains the name of the
 * table, but no value.
 */
function odd(table: TableName): Error {
  return new Error(`the store returned something else than rows of ${table}`);
}
