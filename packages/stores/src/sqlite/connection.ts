import { type CompiledQuery, Kysely, SqliteDialect } from 'kysely';
import type { Database } from '../sql/queries.js';
import type { Executed } from '../sql/row-store.js';

/** What is used of a better-sqlite3-compatible handle. */
export interface SqliteHandle {
  exec(statements: string): unknown;
  prepare(statement: string): SqliteStatement;
  close(): unknown;
}

export interface SqliteStatement {
  /** Whether it gives rows. */
  readonly reader: boolean;
  /** Has rows given as arrays. */
  raw(): unknown;
  columns(): readonly { readonly name: string }[];
  run(parameters: readonly unknown[]): { readonly changes: number | bigint };
  get(parameters: readonly unknown[]): unknown;
  all(parameters: readonly unknown[]): unknown[];
}

/** One connection to a SQLite database, used by one transaction at a time. */
export interface Connection {
  readonly handle: SqliteHandle;
  /** Writes statements, and runs migrations; everything else is run by `execute`, which costs a third. */
  readonly db: Kysely<Database>;
  /** Runs one statement; `isSingle` says that it gives one row at most. */
  execute(query: CompiledQuery, isSingle: boolean): Executed;
  /** Runs tasks one after another, first come, first served. */
  inTurn<R>(task: () => Promise<R>): Promise<R>;
}

interface Kept {
  readonly statement: SqliteStatement;
  /** Names of the columns it gives; undefined where it gives no rows. */
  readonly names: readonly string[] | undefined;
}

/** The shapes of `sqlQueries` are fewer than this; past it the one unused for longest is prepared again. */
const KEPT_STATEMENTS = 200;

const NO_ROWS: readonly never[] = [];

export function connection(handle: SqliteHandle): Connection {
  const statements = new Map<string, Kept>();
  let last: Promise<unknown> = Promise.resolve();
  return {
    handle,
    db: new Kysely<Database>({ dialect: new SqliteDialect({ database: forKysely(handle) }) }),
    execute({ sql, parameters }, isSingle) {
      const { statement, names } = prepared(handle, statements, sql);
      if (names === undefined) return { rows: NO_ROWS, numAffectedRows: BigInt(statement.run(parameters).changes) };
      if (!isSingle) return { rows: statement.all(parameters).map((values) => named(names, values)) };
      const values = statement.get(parameters);
      return { rows: values === undefined ? NO_ROWS : [named(names, values)] };
    },
    inTurn(task) {
      const result = last.then(task);
      last = result.catch(() => undefined);
      return result;
    },
  };
}

/** Prepares a statement at its first use and keeps it: preparing costs more than a look-up. */
function prepared(handle: SqliteHandle, statements: Map<string, Kept>, text: string): Kept {
  const known = statements.get(text);
  if (known !== undefined) return known;
  const statement = handle.prepare(text);
  const kept = { statement, names: statement.reader ? namesOf(statement) : undefined };
  if (statements.size === KEPT_STATEMENTS) statements.clear();
  statements.set(text, kept);
  return kept;
}

/** Rows come as arrays, because the driver takes longer to make objects than we do. */
function namesOf(statement: SqliteStatement): readonly string[] {
  statement.raw();
  return statement.columns().map((column) => column.name);
}

function named(names: readonly string[], values: unknown): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  if (Array.isArray(values)) for (const [at, name] of names.entries()) row[name] = values[at];
  return row;
}

/** Kysely's driver asks for one method more, for streams, which nothing here uses. */
function forKysely(handle: SqliteHandle): ConstructorParameters<typeof SqliteDialect>[0]['database'] {
  return {
    close: () => void handle.close(),
    prepare(text) {
      const statement = handle.prepare(text);
      return {
        reader: statement.reader,
        run: (parameters) => ({ ...statement.run(parameters), lastInsertRowid: 0 }),
        all: (parameters) => statement.all(parameters),
        iterate: (parameters) => statement.all(parameters).values(),
      };
    },
  };
}
