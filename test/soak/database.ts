import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '@flairgate/core/store';
import { postgresStore } from '@flairgate/stores/postgres';
import { sqliteStore } from '@flairgate/stores/sqlite';
import pg from 'pg';

/** Database of one soak: an empty one on PostgreSQL, with Redis where it answers, else a file of SQLite. */
export interface SoakDatabase {
  readonly kind: 'postgres' | 'sqlite';
  readonly hasRedis: boolean;
  /** Environment of a gateway on this database. */
  readonly env: Readonly<Record<string, string>>;
  open(): Promise<Store>;
  /** Ends the connections that pushes arrive on. Returns their number. */
  cutPushes(): Promise<number>;
  /** Asks the server for nothing, to see whether it answers in time. */
  ping(): Promise<void>;
  remove(): Promise<void>;
}

const ADMIN_URL = process.env.FLAIRGATE_TEST_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const REDIS_URL = process.env.FLAIRGATE_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';
const ANSWER_MS = 2000;

const masterKey = randomBytes(32);
const SECRETS = { FLAIRGATE_MASTER_KEY: masterKey.toString('hex') };

export async function makeSoakDatabase(isEmbedded: boolean): Promise<SoakDatabase> {
  const isThere = !isEmbedded && (await asAdmin(async () => true).catch(() => false));
  return isThere ? makePostgres() : makeSqlite();
}

async function makePostgres(): Promise<SoakDatabase> {
  const name = `flairgate_soak_${randomBytes(6).toString('hex')}`;
  await asAdmin(async (client) => {
    await client.query(`create database ${name}`);
    // What is written here is not read again after a crash of the machine.
    await client.query(`alter database ${name} set synchronous_commit = off`);
  });
  const url = new URL(ADMIN_URL);
  url.pathname = `/${name}`;
  const hasRedis = await answers(new URL(REDIS_URL));
  const pinging = new pg.Client({ connectionString: ADMIN_URL });
  pinging.on('error', () => undefined);
  await pinging.connect();
  return {
    kind: 'postgres',
    hasRedis,
    env: { ...SECRETS, DATABASE_URL: url.href, ...(hasRedis ? { REDIS_URL } : {}) },
    open: () => postgresStore({ url: url.href, masterKey }),
    cutPushes: async () => {
      // A connection that listens asks `select 1` now and then, to see whether it is still there.
      const listens = `(query ilike 'listen%' or query = 'select 1')`;
      const sql = `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and ${listens}`;
      return (await asAdmin((client) => client.query(sql, [name]))).rowCount ?? 0;
    },
    ping: async () => void (await pinging.query('select 1')),
    async remove() {
      await pinging.end();
      await asAdmin((client) => client.query(`drop database ${name} with (force)`));
    },
  };
}

async function makeSqlite(): Promise<SoakDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-soak-'));
  const file = join(folder, 'soak.db');
  return {
    kind: 'sqlite',
    hasRedis: false,
    env: { ...SECRETS, DATABASE_URL: file },
    open: () => sqliteStore({ file, masterKey }),
    cutPushes: async () => 0,
    ping: async () => undefined,
    remove: () => rm(folder, { recursive: true }),
  };
}

async function asAdmin<R>(work: (client: pg.Client) => Promise<R>): Promise<R> {
  const client = new pg.Client({ connectionString: ADMIN_URL, connectionTimeoutMillis: ANSWER_MS });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

function answers({ hostname, port }: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: hostname, port: Number(port || 6379), timeout: ANSWER_MS });
    const settle = (isThere: boolean) => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => settle(true));
    socket.once('timeout', () => settle(false));
    socket.once('error', () => settle(false));
  });
}
