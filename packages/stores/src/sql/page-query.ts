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

/**
 * Returns the statement that selects the rows that meet a condition, sorted by primary key. If `page` is given, the
 * statement selects only the rows of that page.
 */
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

/** Returns the parameters for the statement of `selectPage`, in the order in which the statement contains them. */
export function pageParameters<T extends TableName>(
  table: T,
  where: Condition<T>,
  page?: Page<T>,
): readonly SqlValue[] {
  const values = parametersOf(table, where);
  return page === undefined ? values : [...values, ...afterParameters(table, where, page), page.limit];
}

/**
 * Returns the part of a statement's cache key that depends on the condition and the page. Two calls of `selectPage` for
 * the same table return the same statement if their parts are equal.
 */
export function pageShape<T extends TableName>(table: T, where: Condition<T>, page: Page<T> | undefined): string {
  const condition = conditionShape(where);
  if (page === undefined) return condition;
  const order = page.anyOrder ? 'any' : page.descending ? 'down' : 'up';
  return `${condition} ${order} ${comparedColumns(table, where, page)}`;
}

/**
 * Returns the columns by which rows are sorted: first the columns that the condition requires to be null, then the
 * primary key.
 *
 * The columns that are null are the same in all selected rows, so they do not change the order. But PostgreSQL reads
 * rows in the order of an index that begins with these columns only if the statement sorts by them.
 */
function orderColumns<T extends TableName>(table: T, where: Condition<T>): readonly string[] {
  const { primary }: { readonly primary: readonly string[] } = schema[table];
  const nulls = Object.entries(where).flatMap(([property, value]) => (value === null ? [property] : []));
  return [...nulls.filter((property) => !primary.includes(property)), ...primary];
}

/**
 * Returns the name of the index that SQLite must use, because it finds the rows of a condition better than the primary
 * key does. Undefined if SQLite may choose the index.
 *
 * The better index begins with more columns for which the condition gives values. Its remaining columns are those by
 * which the rows are sorted.
 *
 * Without statistics about the table, SQLite would use the primary key. It would then read every row that has the given
 * values in the first columns of the primary key.
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

/** Returns the SQL for a table, with the instruction that SQLite must read the table by this index. */
function readBy(table: string, index: string) {
  return sql<Record<string, SqlValue>>`${sql.table(table)}`.as<string>(
    sql`${sql.id(table)} indexed by ${sql.id(index)}`,
  );
}

/**
 * Returns the condition for rows after the row `page.after`, the last row of the previous page. The condition compares
 * several columns at once, such as `(oid, name) > (?, ?)`.
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
 * Returns the columns that are compared with the row `page.after`, the last row of the previous page.
 *
 * A column is left out if the condition already requires the value that the column has in `page.after`. If such columns
 * were compared, a database would use the index only to find the first row of the condition. It would then read all
 * rows of the previous pages.
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
