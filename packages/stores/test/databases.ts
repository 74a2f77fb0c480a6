import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryStore } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { postgresStore } from '@flairgate/stores/postgres';
import { sqliteStore } from '@flairgate/stores/sqlite';
import pg from 'pg';

/** A server whose `postgres` user may make schemas. */
export const postgresUrl = process.env.FLAIRGATE_TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';

export const masterKey = Buffer.alloc(32, 7);

/** The same server. A commit does not wait for the disk: what a test wrote is not read again after a crash. */
const quickUrl = new URL(postgresUrl);
quickUrl.searchParams.set('options', '-c synchronous_commit=off');

/** Time that a write waits for another one: many at once wait for seconds on a busy machine. */
const patient = { lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 };

/** A database of its own, that any number of stores may be opened on. */
export interface TestDatabase {
  open(): Promise<Store>;
  /** Closes every store that was opened, and removes the database. */
  remove(): Promise<void>;
}

export type Kind = 'memory' | 'sqlite' | 'postgres';

const makers: Readonly<Record<Kind, () => Promise<TestDatabase>>> = {
  memory: async () => {
    const stores: Store[] = [];
    return {
      open: () => opened(stores, memoryStore({ masterKey })),
      remove: () => closeAll(stores),
    };
  },
  sqlite: async () => {
    const stores: Store[] = [];
    const folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
    return {
      open: () => opened(stores, sqliteStore({ file: join(folder, 'test.db'), masterKey })),
      async remove() {
        await closeAll(stores);
        await rm(folder, { recursive: true });
      },
    };
  },
  postgres: async () => {
    const stores: Store[] = [];
    const schema = newSchema();
    return {
      open: () => opened(stores, postgresStore({ url: quickUrl.href, schema, masterKey, ...patient })),
      async remove() {
        await closeAll(stores);
        await dropSchema(schema);
      },
    };
  },
};

export function makeDatabase(kind: Kind): Promise<TestDatabase> {
  return makers[kind]();
}

export function newSchema(): string {
  return `flairgate_test_${randomBytes(6).toString('hex')}`;
}

export async function dropSchema(schema: string): Promise<void> {
  await asAdmin((client) => client.query(`drop schema if exists ${schema} cascade`));
}

/** Runs on a connection of its own. */
export async function asAdmin<R>(work: (client: pg.Client) => Promise<R>): Promise<R> {
  const client = new pg.Client({ connectionString: quickUrl.href, connectionTimeoutMillis: 2000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/**
 * The stores to test: those that `STORES` names (`memory,sqlite`), else all whose server answers.
 *
 * What is left out says so, and fails where `CI` is set.
 */
export async function kindsToTest(kinds: readonly Kind[]): Promise<readonly Kind[]> {
  const wanted = process.env.STORES?.split(',');
  const chosen = kinds.filter((kind) => wanted === undefined || wanted.includes(kind));
  if (!chosen.includes('postgres') || (await answers())) return chosen;
  const reason = 'skipped: PostgreSQL does not answer at FLAIRGATE_TEST_POSTGRES_URL or 127.0.0.1:5432';
  if (process.env.CI) throw new Error(reason);
  process.stderr.write(`${reason}\n`);
  return chosen.filter((kind) => kind !== 'postgres');
}

async function answers(): Promise<boolean> {
  try {
    await asAdmin((client) => client.query('select 1'));
    return true;
  } catch {
    return false;
  }
}

async function opened(stores: Store[], opening: Promise<Store>): Promise<Store> {
  const store = await opening;
  stores.push(store);
  return store;
}

async function closeAll(stores: readonly Store[]): Promise<void> {
  await Promise.all(stores.map((store) => store.close()));
}
