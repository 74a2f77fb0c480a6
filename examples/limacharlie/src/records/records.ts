import { setTimeout } from 'node:timers/promises';
import { UnavailableError } from '@flairgate/core';
import type { Database } from 'flairgate';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import { type Engine, postgres, sqlite } from './engine.js';
import { createTables, type Tables } from './tables.js';

/** The demo's own tables, in the database the keys are in. */
export interface Records {
  readonly engine: Engine;
  /**
   * Runs one statement, again while another connection writes.
   *
   * @throws UnavailableError when the database cannot answer; TakenError when a row with this key is there.
   */
  run<R>(statement: (db: Kysely<Tables>) => Promise<R>): Promise<R>;
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
  const engine = database.kind === 'sqlite' ? sqlite : postgres;
  const db = database.kind === 'sqlite' ? await openFile(database.file) : await openServer(database.url);
  const records: Records = {
    engine,
    run: (statement) => runAgain(engine, () => statement(db)),
    close: () => db.destroy(),
  };
  await createTables(records);
  return records;
}

/** A connection beside the store's: one statement is one transaction, so neither waits for the other's. */
async function openFile(file: string): Promise<Kysely<Tables>> {
  const { default: Libsql } = await import('libsql');
  const handle = new Libsql(file);
  // Waiting is done by `runAgain`: the driver would keep the event loop, and with it the store's own write.
  for (const setting of ['journal_mode = wal', 'synchronous = full', 'busy_timeout = 0']) handle.pragma(setting);
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: handle }) });
}

async function openServer(url: string): Promise<Kysely<Tables>> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: 5,
    statement_timeout: BUSY_MS,
    connectionTimeoutMillis: BUSY_MS,
  });
  // The pool drops a connection that is lost; without a listener its error would end the process.
  pool.on('error', () => undefined);
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
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
