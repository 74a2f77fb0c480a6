import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allow } from '@flairgate/core';
import { securityWrite } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { postgresStore } from '@flairgate/stores/postgres';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropSchema, kindsToTest, masterKey, newSchema, postgresUrl } from '../databases.js';

/** PgBouncer in transaction mode, with fewer connections than its clients. */
interface Pooler {
  readonly url: string;
  close(): Promise<void>;
}

async function openPooler(): Promise<Pooler> {
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-pooler-'));
  const port = await freePort();
  const target = new URL(postgresUrl);
  const users = join(folder, 'users.txt');
  const config = join(folder, 'pgbouncer.ini');
  const lines = [
    '[databases]',
    `* = host=${target.hostname} port=${target.port || 5432}`,
    '[pgbouncer]',
    `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`,
    `auth_type = trust\nauth_file = ${users}`,
    'pool_mode = transaction\ndefault_pool_size = 4\nmax_client_conn = 200',
  ];
  await writeFile(users, `"${target.username}" ""\n`);
  await writeFile(config, `${lines.join('\n')}\n`);
  await Promise.all([chmod(folder, 0o755), chmod(users, 0o644), chmod(config, 0o644)]);
  const asUser = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn('pgbouncer', ['-q', ...asUser, config], { stdio: 'ignore' });
  await untilListening(port, child);
  return {
    url: `postgres://${target.username}@127.0.0.1:${port}${target.pathname}`,
    async close() {
      child.kill('SIGKILL');
      if (child.exitCode === null) await once(child, 'exit');
      await rm(folder, { recursive: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (child.exitCode !== null) throw new Error(`pgbouncer stopped with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('pgbouncer does not listen');
}

function hasPooler(): boolean {
  try {
    execFileSync('pgbouncer', ['--version']);
    return true;
  } catch {
    const reason = 'skipped: pgbouncer is not installed';
    if (process.env.CI) throw new Error(reason);
    process.stderr.write(`${reason}\n`);
    return false;
  }
}

const isTested = (await kindsToTest(['postgres'])).length > 0 && hasPooler();

describe.runIf(isTested)('postgresStore behind PgBouncer in transaction mode', { timeout: 60_000 }, () => {
  const schema = newSchema();
  let pooler: Pooler;
  let stores: Store[] = [];

  async function open(): Promise<Store> {
    const store = await postgresStore({ url: pooler.url, pooler: true, schema, masterKey });
    stores.push(store);
    return store;
  }

  beforeAll(async () => {
    pooler = await openPooler();
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    stores = [];
    await pooler.close();
    await dropSchema(schema);
  });

  it('migrates, writes, and shows each store what another one wrote', async () => {
    const [one, other] = [await open(), await open()];
    const written = await securityWrite(one, 0, async (tx) => {
      tx.touch('all', '*');
      return allow(undefined);
    });
    expect(written.allowed).toBe(true);
    const read = await other.read((tx) => tx.get('revision', { id: 1 }));
    expect(read?.n).toBe(1);
    expect((await other.changesAfter?.(0, 10))?.changes).toHaveLength(1);
  });

  it('answers many lookups at once on few connections', async () => {
    const [one, other] = [await open(), await open()];
    const question = { tag: 'no such tag', keyId: null, setting: 'suspended' } as never;
    const asked = Array.from({ length: 60 }, (_, at) => (at % 2 === 0 ? one : other).rowsOfKey?.(question));
    const answers = await Promise.all(asked);
    expect(answers.every((rows) => rows?.key.length === 0)).toBe(true);
  });

  it('sets timeouts inside each transaction', async () => {
    const store = await open();
    const held = new pg.Client({ connectionString: postgresUrl });
    await held.connect();
    await held.query(`begin; select * from ${schema}.flairgate_revision for update`);
    const blocked = securityWrite(store, 0, async (tx) => {
      tx.touch('all', '*');
      return allow(undefined);
    });
    await expect(blocked).rejects.toThrow('the store is unavailable');
    await held.query('rollback');
    await held.end();
  });

  it('says to set `pooler` where the pooler refuses the startup parameters', async () => {
    const opening = postgresStore({ url: pooler.url, schema, masterKey });
    await expect(opening).rejects.toThrow(/^postgresStore: url: is of a pooler.*; set `pooler` to true$/);
  });
});
