import { setTimeout } from 'node:timers/promises';
import { UnavailableError } from '@flairgate/core';
import type { Database } from 'flairgate';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import { type Engine, postgres, sqlite } from './engine.js';
import { createTables, type Tables } from './tables.js';

/**
 * The demo's own tables, in the database the keys are in.
 *
 * Both run one statement, again while another connection writes. They throw UnavailableError when the database cannot
 * answer; `write` throws TakenError when a row with this key is there.
 */
export interface Records {
  readonly engine: Engine;
  read<R>(statement: (db: Kysely<Tables>) => Promise<R>): Promise<R>;
  write<R>(statement: (db: Kysely<Tables>) => Promise<R>): Promise<R>;
  close(): Promise<void>;
}

/** Thrown where a name is taken. */
export class TakenError extends Error {
  override readonly name = 'TakenError';
}

const BUSY_MS = 5000;
const RETRY_MS = 2;

/** Opens the demo's tables and makes them where there are none. */
export async function openRecords(database: Database): Promise<Records> {
  const records = database.kind === 'sqlite' ? await openFile(database.file) : await openServer(database.url);
  await createTables(records);
  return records;
}

/** A connection beside the store's, used by one statement at a time. */
async function openFile(file: string): Promise<Records> {
  const { default: Libsql } = await import('libsql');
  const handle = new Libsql(file);
  // Waiting is done by `runAgain`: the driver would keep the event loop, and with it the store's own write.
  handle.exec('pragma busy_timeout = 0');
  handle.exec('pragma synchronous = full');
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: handle }) });
  const inTurn = createTurns();
  return {
    engine: sqlite,
    read: (statement) => runAgain(sqlite, () => inTurn(() => statement(db))),
    write: (statement) => runAgain(sqlite, () => inTurn(() => transact(handle, () => statement(db)))),
    close: () => inTurn(() => db.destroy()),
  };
}

async function openServer(url: string): Promise<Records> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: 5,
    statement_timeout: BUSY_MS,
    connectionTimeoutMillis: BUSY_MS,
  });
  // The pool drops a connection that is lost; without a listener its error would end the process.
  pool.on('error', () => undefined);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const run: Records['read'] = (statement) => runAgain(postgres, () => statement(db));
  return { engine: postgres, read: run, write: run, close: () => db.destroy() };
}

/**
 * Takes the write lock before the statement looks at anything.
 *
 * A lone statement that finds the lock taken keeps the snapshot it began with until the driver collects it, and
 * from a snapshot that is not the newest nothing can be written.
 */
async function transact<R>(handle: { exec(text: string): unknown }, statement: () => Promise<R>): Promise<R> {
  handle.exec('begin immediate');
  try {
    const value = await statement();
    handle.exec('commit');
    return value;
  } catch (error) {
    handle.exec('rollback');
    throw error;
  }
}

function createTurns(): <R>(task: () => Promise<R>) => Promise<R> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task);
    last = result.catch(() => undefined);
    return result;
  };
}

async function runAgain<R>({ troubleOf }: Engine, statement: () => Promise<R>): Promise<R> {
  const giveUpAt = performance.now() + BUSY_MS;
  for (;;) {
    try {
      return await statement();
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble === 'unique') throw new TakenError('a row with this key is there', { cause: error });
      if (trouble === 'fault') throw error;
      if (trouble === 'unavailable' || performance.now() >= giveUpAt) throw new UnavailableError('store', error);
    }
    await setTimeout(RETRY_MS);
  }
}
