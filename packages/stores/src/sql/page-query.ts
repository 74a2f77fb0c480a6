import { type KeyOf, type Page, pageColumns, schema, type TableName } from '@flairgate/core/store';
import { type Expression, type Kysely, type SqlBool, sql } from 'kysely';
import { codecs, encodeValue, type SqlValue } from './codec.js';
import { allOf, type Condition, columnOf, conditionShape, type Database, parametersOf } from './conditions.js';
import type { Engine } from './migrations/engine.js';
import { selectedColumns } from './stored-text.js';

/** The database that statements are written for. */
export interface QueryTarget {
  readonly db: Kysely<Database>;
  readonly engine: Engine;
}

/** Returns the statement for the rows of a condition, or for one page of them, in primary-key order. */
export function selectPage<T extends TableName>(
  { db, engine }: QueryTarget,
  table: T,
  where: Condition<T>,
  page?: Page<T>,
) {
  const { table: name } = codecs[table];
  const direction = page?.descending ? 'desc' : 'asc';
  const index = engine === 'sqlite' ? betterIndex(table, where) : undefined;
  const from = index === undefined ? db.selectFrom(name) : db.selectFrom(readBy(name, index));
  let query = from.select(selectedColumns(engine, table)).where(allOf(table, where));
  for (const column of page?.anyOrder ? [] : orderColumns(table, where)) {
    // Qualified with the table. Otherwise SQLite would sort by the selected expression with the same name.
    query = query.orderBy(sql.ref(`${name}.${columnOf(table, column)}`), direction);
  }
  if (page === undefined) return query;
  return page.after === undefined
    ? query.limit(page.limit)
    : query.where(isAfter(table, where, page)).limit(page.limit);
}

/** Returns the parameters of the statement that `selectPage` returns, in order. */
export function pageParameters<T extends TableName>(
  table: T,
  where: Condition<T>,
  page?: Page<T>,
): readonly SqlValue[] {
  const values = parametersOf(table, where);
  return page === undefined ? values : [...values, ...afterParameters(table, where, page), page.limit];
}

/** Returns the part of a cache key that tells apart the statements that `selectPage` returns for one table. */
export function pageShape<T extends TableName>(table: T, where: Condition<T>, page: Page<T> | undefined): string {
  const condition = conditionShape(where);
  if (page === undefined) return condition;
  const order = page.anyOrder ? 'any' : page.descending ? 'down' : 'up';
  return `${condition} ${order} ${comparedColumns(table, where, page)}`;
}

/**
 * Returns the columns by which rows are sorted: the primary key, after the columns that must be null.
 *
 * Those columns are equal in all rows, so they do not change the order. PostgreSQL reads an index that begins with them
 * in order only if they are named.
 */
function orderColumns<T extends TableName>(table: T, where: Condition<T>): readonly string[] {
  const { primary }: { readonly primary: readonly string[] } = schema[table];
  const nulls = Object.entries(where).flatMap(([property, value]) => (value === null ? [property] : []));
  return [...nulls.filter((property) => !primary.includes(property)), ...primary];
}

/**
 * Returns the index that fits a condition better than the primary key does, if the condition fixes the first columns of
 * both: the index with the most such columns, whose other columns are those by which rows are sorted.
 *
 * Without statistics, SQLite takes the primary key here, and reads all rows that it finds by its first columns.
 */
function betterIndex<T extends TableName>(table: T, where: Condition<T>): string | undefined {
  const {
    primary,
    indexes,
  }: { readonly primary: readonly string[]; readonly indexes: readonly (readonly string[])[] } = schema[table];
  const fixedOf = (columns: readonly string[]) => columns.findIndex((column) => !(column in where));
  const fixed = fixedOf(primary);
  if (fixed < 1) return undefined;
  const open = primary.filter((column) => !(column in where));
  let best = { columns: primary, fixed };
  for (const columns of indexes) {
    const known = fixedOf(columns) < 0 ? columns.length : fixedOf(columns);
    const isSorted = columns.slice(known).every((column, at) => column === open[at]);
    if (isSorted && known > best.fixed) best = { columns, fixed: known };
  }
  if (best.columns === primary) return undefined;
  const { table: name } = codecs[table];
  return `${name}_by_${best.columns.map((column) => columnOf(table, column)).join('_')}`;
}

/** Returns a table that SQLite must read by this index. */
function readBy(table: string, index: string) {
  return sql<Record<string, SqlValue>>`${sql.table(table)}`.as<string>(
    sql`${sql.id(table)} indexed by ${sql.id(index)}`,
  );
}

/**
 * Returns the condition for rows after the page's `after`: a comparison of row values, such as `(oid, name) > (?, ?)`.
 */
function isAfter<T extends TableName>(table: T, where: Condition<T>, page: Page<T>): Expression<SqlBool> {
  const columns = comparedColumns(table, where, page).map((property) => sql.ref(columnOf(table, property)));
  const values = afterParameters(table, where, page).map((value) => sql`${value}`);
  const operator = page.descending ? sql`<` : sql`>`;
  const [column, ...more] = columns;
  if (column !== undefined && more.length === 0) return sql<SqlBool>`${column} ${operator} ${values[0]}`;
  return sql<SqlBool>`(${sql.join(columns)}) ${operator} (${sql.join(values)})`;
}

/**
 * Returns the columns by which rows are compared with the page's `after`.
 *
 * Columns that the condition fixes to the same value are left out. With them, a database finds only the first row of
 * the condition by the index, and reads all rows of the pages before.
 */
function comparedColumns<T extends TableName>(table: T, where: Condition<T>, page: Page<T>) {
  const columns = pageColumns(table, page);
  const after: KeyOf<T> = page.after ?? {};
  const open = columns.filter((column) => where[column] === undefined || where[column] !== after[column]);
  return open.length === 0 ? columns : open;
}

function afterParameters<T extends TableName>(table: T, where: Condition<T>, page: Page<T>): readonly SqlValue[] {
  const { after } = page;
  if (after === undefined) return [];
  return comparedColumns(table, where, page).map((property) => encodeValue(after[property]));
}
