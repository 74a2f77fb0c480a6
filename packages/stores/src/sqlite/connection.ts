import { Kysely, type SqliteDatabase, SqliteDialect } from 'kysely';
import type { Database } from '../sql/queries.js';

/** One connection to a SQLite database, used by one transaction at a time. */
export interface Connection {
  readonly handle: SqliteDatabase;
  readonly db: Kysely<Database>;
  /** Runs tasks one after another, first come, first served. */
  inTurn<R>(task: () => Promise<R>): Promise<R>;
}

/** Statements kept by a connection. Ours are some sixty; the rest is room for a migration. */
const KEPT_STATEMENTS = 200;

export function connection(handle: SqliteDatabase): Connection {
  const kept = keepStatements(handle);
  let last: Promise<unknown> = Promise.resolve();
  return {
    handle: kept,
    db: new Kysely<Database>({ dialect: new SqliteDialect({ database: kept }) }),
    inTurn(task) {
      const result = last.then(task);
      last = result.catch(() => undefined);
      return result;
    },
  };
}

/** Runs one statement that takes and gives nothing. */
export function execute(handle: SqliteDatabase, statement: string): void {
  const prepared = handle.prepare(statement);
  if (prepared.reader) prepared.all([]);
  else prepared.run([]);
}

/** Prepares each statement once: Kysely asks for it on every call, and preparing costs more than a look-up. */
function keepStatements(handle: SqliteDatabase): SqliteDatabase {
  const statements = new Map<string, ReturnType<SqliteDatabase['prepare']>>();
  return {
    close: () => handle.close(),
    prepare(text) {
      const statement = statements.get(text) ?? handle.prepare(text);
      statements.delete(text);
      statements.set(text, statement);
      if (statements.size > KEPT_STATEMENTS) dropOldest(statements);
      return statement;
    },
  };
}

function dropOldest(statements: Map<string, unknown>): void {
  for (const oldest of statements.keys()) {
    statements.delete(oldest);
    return;
  }
}
