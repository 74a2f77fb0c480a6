import { type CompiledQuery, Kysely, SqliteDialect } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Database } from '../sql/conditions.js';
import type { Executed } from '../sql/session.js';
import { createLanes } from './lanes.js';

/** The part of a better-sqlite3-compatible handle that the store uses. */
export interface SqliteHandle {
  exec(statements: string): unknown;
  prepare(statement: string): SqliteStatement;
  close(): unknown;
}

export interface SqliteStatement {
  /** True if the statement returns rows. */
  readonly reader: boolean;
  run(parameters: readonly unknown[]): { readonly changes: number | bigint };
  all(parameters: readonly unknown[]): unknown[];
}

/** One connection to a SQLite database, used by one transaction at a time. */
export interface Connection {
  readonly handle: SqliteHandle;
  /** Compiles statements and runs migrations. All other statements run through `execute`, which is faster. */
  readonly db: Kysely<Database>;
  execute(query: CompiledQuery): Executed;
  /**
   * Commits a transaction. If `commit` returns a promise, no other task uses the connection until the promise resolves.
   */
  commit(): Promise<void> | void;
  /** Runs one task at a time, in call order. If both urgent and other tasks are waiting, the two kinds take turns. */
  runExclusive<R>(task: () => Promise<R>, isUrgent?: boolean): Promise<R>;
  /** True if no task is running or waiting. */
  isIdle(): boolean;
}

/**
 * Maximum number of cached prepared statements. The limit is not reached in practice, because `sqlQueries` creates
 * fewer different statements.
 */
const KEPT_STATEMENTS = 200;

const NO_ROWS: readonly never[] = [];

export function connection(handle: SqliteHandle, commit = commitHere(handle)): Connection {
  const statements = new LRUCache<string, Prepared>({ max: KEPT_STATEMENTS });
  const { runExclusive, isIdle } = createLanes();
  return {
    handle,
    db: new Kysely<Database>({ dialect: new SqliteDialect({ database: forKysely(handle) }) }),
    execute({ sql, parameters }) {
      const { statement, givesRows } = prepared(handle, statements, sql);
      // Uses `all` instead of `get`: after `get`, libsql keeps the statement open, so its snapshot would outlive the
      // transaction.
      if (givesRows) return { rows: statement.all(parameters) };
      return { rows: NO_ROWS, numAffectedRows: BigInt(statement.run(parameters).changes) };
    },
    commit,
    runExclusive,
    isIdle,
  };
}

/** Returns a function that commits on the calling thread. Meanwhile the event loop is blocked. */
function commitHere(handle: SqliteHandle): Connection['commit'] {
  return () => void handle.exec('commit');
}

interface Prepared {
  readonly statement: SqliteStatement;
  /** True if the statement returns rows. The value is read from the driver once, when the statement is prepared. */
  readonly givesRows: boolean;
}

/**
 * Returns the prepared statement for a text. The statement is prepared at its first use and then cached, because
 * preparing costs more than a lookup in the cache.
 */
function prepared(handle: SqliteHandle, statements: LRUCache<string, Prepared>, text: string): Prepared {
  const known = statements.get(text);
  if (known !== undefined) return known;
  const statement = handle.prepare(text);
  const made = { statement, givesRows: statement.reader };
  statements.set(text, made);
  return made;
}

/**
 * Returns the handle in the form that Kysely's driver needs, which includes a method for streams. This package uses no
 * streams.
 */
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
