import { UnavailableError } from '@flairgate/core';
import { type RowsOf, schema as shapes, type TableName } from '@flairgate/core/store';
import { codecs } from '../sql/codec.js';
import { checkOut, orFailure, type Result, sqlStateOf } from './backend.js';
import type { PostgresPool } from './driver.js';

/** A statement that reads rows of several tables. */
export interface Together<T extends TableName> {
  /** Name of the statement. The name of the prepared statement consists of this name and the schema. */
  readonly name: string;
  /**
   * Condition for the rows of each table. A condition may refer to the rows of another table, or to an expression of
   * `with`, by its name in double quotes, such as `"key"`.
   */
  readonly rows: { readonly [N in T]: string | EachOf };
  /**
   * Further common table expressions. `table` returns the full name of one of core's tables. `stored` returns the full
   * name of any other table.
   */
  readonly with?: (table: (name: TableName) => string, stored: (name: string) => string) => readonly string[];
}

/** Selects rows by a separate lookup for each row of `from`. */
interface EachOf {
  readonly from: string;
  readonly where: string;
}

/** Connections of a reader, and the schema of the tables. */
export interface ReaderConnections {
  readonly pool: Pick<PostgresPool, 'connect'>;
  readonly schema: string | undefined;
  /** False if a pooler is used. A pooler may run the next statement on a connection on which it was not prepared. */
  readonly canPrepare: boolean;
}

export type ReadTogether<T extends TableName> = (values: readonly unknown[]) => Promise<RowsOf<T>>;

/**
 * Creates a function that reads rows of several tables with one statement. The statement reads one snapshot. The server
 * plans the statement once for each connection.
 *
 * After every security change, all processes read at the same moment. A transaction of several statements would need a
 * round trip for each statement, and the processes would wait for each other.
 */
export function togetherReader<T extends TableName>(
  connections: ReaderConnections,
  together: Together<T>,
): ReadTogether<T> {
  const read = boundedReader(connections, together, () => 'false');
  return async (values) => (await read(values)) as RowsOf<T>;
}

/**
 * Creates a function that reads rows as {@link togetherReader} does, but reads none and returns undefined if there are
 * too many. `exceeds` returns the SQL condition for this. Its argument is written before the name of each table.
 */
export function boundedReader<T extends TableName>(
  connections: ReaderConnections,
  together: Together<T>,
  exceeds: (prefix: string) => string,
): (values: readonly unknown[]) => Promise<RowsOf<T> | undefined> {
  const { schema } = connections;
  const tables = Object.keys(together.rows) as T[];
  const prefix = schema === undefined ? '' : `"${schema}".`;
  const text = statement(prefix, { ...together, exceeds: exceeds(prefix) });
  const ask = statementRunner(connections, { name: together.name, text });
  return async (values) => {
    const { rows } = await orFailure(ask(values));
    return decodeTables(tables, rows[0] as KeptTables<T>);
  };
}

/** Runs a statement with the given values. */
export type RunStatement = (values: readonly unknown[]) => Promise<Result>;

/**
 * Creates a function that runs one statement. The statement is prepared if the connections allow it. `name` must be
 * unique among statements.
 */
export function statementRunner(
  { pool, schema, canPrepare }: ReaderConnections,
  { name, text }: { readonly name: string; readonly text: string },
): RunStatement {
  // On a connection, each name may have only one text, and stores with different schemas may share the connection.
  return canPrepare ? prepared(pool, `flairgate ${name} ${schema ?? ''}`.trim(), text) : unprepared(pool, text);
}

function unprepared(pool: Pick<PostgresPool, 'connect'>, text: string) {
  return async (values: readonly unknown[]): Promise<Result> => {
    const connection = await checkOut(pool);
    try {
      return await connection.query(text, values);
    } finally {
      connection.release();
    }
  };
}

/**
 * Returns a function that runs a statement as a prepared statement. If the connection does not know the prepared
 * statement, or knows another one by the same name, the function runs the statement unprepared from then on.
 */
function prepared(pool: Pick<PostgresPool, 'connect'>, name: string, text: string) {
  // Set to false behind a connection pooler that runs the statement on a connection where it was not prepared.
  let isPrepared = true;
  return async (values: readonly unknown[]): Promise<Result> => {
    const connection = await checkOut(pool);
    try {
      return await connection.query(text, values, isPrepared ? name : undefined);
    } catch (error) {
      if (!isPrepared || !(error instanceof Error) || !MISPLACED.test(sqlStateOf(error))) throw error;
      isPrepared = false;
      return await connection.query(text, values);
    } finally {
      connection.release();
    }
  };
}

/** Matches the SQLSTATE codes (error codes) for a prepared statement that does not exist or already exists. */
const MISPLACED = /^(26000|42P05)$/;

type KeptTables<T extends TableName> = { readonly standby: boolean; readonly exceeded: boolean } & {
  readonly [N in T]: readonly unknown[];
};

function decodeTables<T extends TableName>(tables: readonly T[], kept: KeptTables<T>): RowsOf<T> | undefined {
  if (kept.standby) throw new UnavailableError('store', new Error('the server is a standby, whose rows may be old'));
  if (kept.exceeded) return undefined;
  const rows = tables.map((table) => [table, kept[table].map(codecs[table].decode)]);
  return Object.fromEntries(rows) as RowsOf<T>;
}

interface BoundedTogether<T extends TableName> extends Together<T> {
  readonly exceeds: string;
}

function statement<T extends TableName>(prefix: string, { rows, with: further, exceeds }: BoundedTogether<T>): string {
  const tables = Object.keys(rows) as T[];
  const stored = (name: string) => `${prefix}${name}`;
  const kept = (table: TableName) => stored(codecs[table].table);
  const limit = `"limit" as materialized (select ${exceeds} as is_exceeded)`;
  const parts = tables.map((table) => `"${table}" as (${selected(kept(table), rows[table])})`);
  return `
    with recursive ${[...parts, ...(further?.(kept, stored) ?? []), limit].join(', ')}
    select pg_is_in_recovery() as standby, is_exceeded as exceeded, ${tables.map(tableList).join(', ')} from "limit"`;
}

/**
 * Returns the SQL that selects the rows of one table. If the rows depend on `from`, `offset 0` makes PostgreSQL look
 * them up separately for each row of `from`, through an index.
 */
function selected(table: string, rows: string | EachOf): string {
  if (typeof rows === 'string') return `select * from ${table} where ${rows}`;
  const each = `select * from ${table} where ${rows.where} offset 0`;
  return `select found.* from ${rows.from} cross join lateral (${each}) as found`;
}

/**
 * Returns the SQL that reads a table's selected rows as a JSON list, or null if there are too many. JSON does not round
 * the numbers, because `assertStorable` limits their range.
 */
function tableList(table: TableName): string {
  const { columns } = codecs[table];
  const members = [...columns].map(([property, column]) => `'${property}', ${column}`).join(', ');
  const order = shapes[table].primary.map((property) => columns.get(property)).join(', ');
  const list = `(select json_agg(json_build_object(${members}) order by ${order}) from "${table}")`;
  return `case when is_exceeded then null else coalesce(${list}, '[]') end as "${table}"`;
}
