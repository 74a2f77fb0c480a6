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
  /** Compiles statements and runs migrations. Other statements run through `execute`, which costs less. */
  readonly db: Kysely<Database>;
  execute(query: CompiledQuery): Executed;
  /** Commits a transaction. If it returns a promise, the connection is not used until the promise resolves. */
  commit(): Promise<void> | void;
  /** Runs tasks one after another, in call order. If urgent and other tasks are waiting, they take turns. */
  runExclusive<R>(task: () => Promise<R>, isUrgent?: boolean): Promise<R>;
  /** True if no task is running or waiting. */
  isIdle(): boolean;
}

/** Maximum number of cached prepared statements. `sqlQueries` creates fewer different statements. */
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

/** Commits on this thread, which blocks the event loop. */
function commitHere(handle: SqliteHandle): Connection['commit'] {
  return () => void handle.exec('commit');
}

interface Prepared {
  readonly statement: SqliteStatement;
  /** True if the statement returns rows. Read from the driver once. */
  readonly givesRows: boolean;
}

/** Prepares a statement at its first use and keeps it, as preparing costs more than a lookup. */
function prepared(handle: SqliteHandle, statements: LRUCache<string, Prepared>, text: string): Prepared {
  const known = statements.get(text);
  if (known !== undefined) return known;
  const statement = handle.prepare(text);
  const made = { statement, givesRows: statement.reader };
  statements.set(text, made);
  return made;
}

/** Returns the handle for Kysely's driver, which needs one more method, for streams. This package uses no streams. */
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
