import type { TableName, Tables } from '@flairgate/core/store';
import { type Expression, type SqlBool, sql } from 'kysely';
import { codecs, type SqlValue } from './codec.js';

/** Type of the database for Kysely. It accepts any table name and lists no tables, because core's `schema` does. */
export type Database = Record<string, Record<string, SqlValue>>;

export type Condition<T extends TableName> = Partial<Tables[T]>;

/**
 * Returns the SQL condition that each column in `where` equals its value. A value of null matches columns that are
 * null.
 */
export function allOf<T extends TableName>(table: T, where: Condition<T>): Expression<SqlBool> {
  const terms = Object.entries(where).map(([property, value]) => {
    const column = sql.ref(columnOf(table, property));
    return value === null ? sql`${column} is null` : sql`${column} = ${sql`${value}`}`;
  });
  return terms.length === 0 ? sql<SqlBool>`1 = 1` : sql<SqlBool>`${sql.join(terms, sql` and `)}`;
}

/**
 * Returns the parameters of the statement that contains the condition. A null in `where` is no parameter: it is written
 * into the statement, as `is null`.
 */
export function parametersOf<T extends TableName>(table: T, where: Condition<T>): readonly SqlValue[] {
  return codecs[table].encode(where).filter((value) => value !== null);
}

/**
 * Returns the part of a statement's cache key that describes a condition: the names of its columns, and which of these
 * columns must be null.
 */
export function conditionShape(where: object): string {
  return Object.entries(where)
    .map(([property, value]) => (value === null ? `${property} is null` : property))
    .join();
}

/**
 * Returns the column name for a property. A statement contains only names from this function, never a name that a
 * caller passed.
 *
 * @throws TypeError for a property that is not a column
 */
export function columnOf(table: TableName, property: string): string {
  const column = codecs[table].columns.get(property);
  if (column === undefined) throw new TypeError(`${table} has no column ${property}`);
  return column;
}
