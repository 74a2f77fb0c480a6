import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { allow } from '@flairgate/core';
import { securityWrite } from '@flairgate/core/internal';
import { type Store, schema as tables } from '@flairgate/core/store';
import { type PostgresStoreOptions, postgresStore } from '@flairgate/stores/postgres';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { asAdmin, dropSchema, kindsToTest, masterKey, newSchema, postgresUrl } from '../databases.js';

/** The migrations that have run, their lock, and the groups that policies name. */
const OTHER_TABLES = 3;

/** Loses every connection of a schema's stores, as a restart of the server does. */
function loseConnections(applicationName: string): Promise<unknown> {
  return asAdmin((client) =>
    client.query('select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1', [
      applicationName,
    ]),
  );
}

async function connectionsOf(applicationName: string): Promise<number> {
  const { rows } = await asAdmin((client) =>
    client.query('select pid from pg_stat_activity where application_name = $1', [applicationName]),
  );
  return rows.length;
}

/** A way to the server on which nothing more is heard once it fell silent, as behind a network that drops packets. */
async function fallingSilent() {
  const target = new URL(postgresUrl);
  let isSilent = false;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port || 5432), target.hostname);
    sockets.add(near);
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy()).on('close', () => near.destroy());
    near.on('data', (part) => isSilent || far.write(part));
    far.on('data', (part) => isSilent || near.write(part));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return {
    port,
    silence: () => {
      isSilent = true;
    },
    speak: () => {
      isSilent = false;
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function touch(store: Store) {
  return securityWrite(store, 0, async (tx) => {
    tx.touch('all', '*');
    return allow(undefined);
  });
}

/** Ready for a query, and the last word of a server whose first process was killed. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
const LAST_WORD = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0');

/** A way to the server on which each connection hears that it is ready and that it is over in one piece. */
async function dyingServer() {
  const target = new URL(postgresUrl);
  let killed = 0;
  const server = createServer((near) => {
    const far = connect(Number(target.port || 5432), target.hostname);
    near.on('error', () => far.destroy()).on('close', () => far.destroy());
    far.on('error', () => near.destroy());
    near.pipe(far, { end: false });
    far.on('data', (part) => {
      const isReady = part.includes(READY);
      if (!isReady) return void near.write(part);
      killed += 1;
      const head = Buffer.alloc(5, 'E');
      head.writeInt32BE(LAST_WORD.length + 4, 1);
      near.end(Buffer.concat([part, head, LAST_WORD]));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return { port, killed: () => killed, close: () => new Promise((resolve) => server.close(resolve)) };
}

/** Resolves at the next wake. */
function nextWake(store: Store): Promise<void> {
  return new Promise((resolve) => {
    const stop = store.onPush?.(() => {
      stop?.();
      resolve();
    });
  });
}

describe('options', () => {
  test.each([
    [{ masterKey: undefined }, /masterKey: must be 32 random bytes/],
    [{ masterKey: 'short' }, /masterKey: must be 32 random bytes/],
    [{ schemas: 'x' }, /unknown option `schemas`; did you mean `schema`\?/],
    [{ schema: 'a"b' }, /schema: must be at most 50 lower-case letters/],
    [{ schema: 'Upper' }, /schema: must be/],
    [{ url: 'mysql://user:hunter2@127.0.0.1/x' }, /url: must be postgres:\/\//],
    [{ url: 'postgres://user:hunter2@[/x' }, /url: must be postgres:\/\//],
    [{ url: undefined }, /url: must be postgres:\/\//],
    [{ poolMax: 0 }, /poolMax: must be an integer/],
    [{ statementTimeoutMs: Number.NaN }, /statementTimeoutMs: must be an integer/],
    [{ pool: new pg.Pool(), url: undefined }, /unknown option `url`; the options are `pool`/],
  ])('postgresStore refuses %j without a word of the password', async (options, message) => {
    const given: PostgresStoreOptions = Object.assign({ url: postgresUrl, masterKey }, options);
    const opening = postgresStore(given);
    await expect(opening).rejects.toMatchObject({
      name: 'OptionError',
      message: expect.not.stringContaining('hunter2'),
    });
    await expect(opening).rejects.toThrow(message);
  });

  test('postgresStore is unavailable when no server answers, and does not say the password', async () => {
    const opening = postgresStore({ url: 'postgres://user:hunter2@127.0.0.1:1/none', masterKey });
    await expect(opening).rejects.toMatchObject({ name: 'UnavailableError', dependency: 'store' });
    const error: unknown = await opening.catch((thrown: unknown) => thrown);
    expect(JSON.stringify([String(error), String(Object(error).cause)])).not.toContain('hunter2');
  });
});

describe.skipIf((await kindsToTest(['postgres'])).length === 0)('on a server', () => {
  let schema: string;
  const opened: Store[] = [];

  beforeEach(() => {
    schema = newSchema();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close()));
    await dropSchema(schema);
  });

  async function open(options: object = {}): Promise<Store> {
    const url = new URL(postgresUrl);
    url.searchParams.set('application_name', schema);
    const given: PostgresStoreOptions = Object.assign({ url: url.href, masterKey, schema }, options);
    if ('pool' in given) Reflect.deleteProperty(given, 'url');
    const store = await postgresStore(given);
    opened.push(store);
    return store;
  }

  test('postgresStore refuses a master key that is not the one the database was made with', async () => {
    await open();
    await expect(open({ masterKey: Buffer.alloc(32, 8) })).rejects.toThrow(
      /must be the one that this database was created with/,
    );
  });

  test('postgresStore keeps its tables in its schema', async () => {
    await open();
    const { rows } = await asAdmin((client) =>
      client.query('select count(*)::int as tables from information_schema.tables where table_schema = $1', [schema]),
    );
    expect(rows).toEqual([{ tables: Object.keys(tables).length + OTHER_TABLES }]);
  });

  test('postgresStore outlives the loss of every connection, idle or at work', async () => {
    const store = await open();
    await store.read((tx) => tx.get('revision', { id: 1 }));
    const reading = store.read(async (tx) => {
      await tx.get('revision', { id: 1 });
      await loseConnections(schema);
      return tx.get('revision', { id: 1 });
    });
    await expect(reading).rejects.toMatchObject({ name: 'UnavailableError' });
    expect(await store.read((tx) => tx.get('revision', { id: 1 }))).toMatchObject({ id: 1 });
  });

  test('postgresStore outlives a server that is killed in the same breath in which it takes a connection', async () => {
    const store = await open();
    const dying = await dyingServer();
    const { port } = dying;
    const opening = open({ url: Object.assign(new URL(postgresUrl), { host: `127.0.0.1:${port}` }).href });
    await expect(opening).rejects.toMatchObject({ name: 'UnavailableError', dependency: 'store' });
    const pool = new pg.Pool({ host: '127.0.0.1', port, user: 'postgres' });
    await expect(open({ pool })).rejects.toMatchObject({ name: 'UnavailableError', dependency: 'store' });
    expect(dying.killed()).toBeGreaterThanOrEqual(2);
    await dying.close();
    await pool.end();
    expect(await store.read((tx) => tx.get('revision', { id: 1 }))).toMatchObject({ id: 1 });
  });

  test('postgresStore reads no table of another schema when it opens, so that these may be dropped meanwhile', async () => {
    const pool = new pg.Pool({ connectionString: postgresUrl, max: 2 });
    const sent: string[] = [];
    pool.on('connect', (client) => {
      const { query } = client;
      Reflect.set(client, 'query', (given: string | pg.QueryConfig, ...rest: unknown[]) => {
        sent.push(typeof given === 'string' ? given : given.text);
        return Reflect.apply(query, client, [given, ...rest]);
      });
    });
    const store = await open({ pool });
    await store.close();
    await pool.end();
    expect(sent.filter((text) => text.includes('flairgate_migration')).length).toBeGreaterThan(3);
    expect(sent.filter((text) => /pg_attribute|pg_get_serial_sequence|information_schema/.test(text))).toEqual([]);
  });

  test('postgresStore tells changes behind a pooler that hands connections around', async () => {
    const pool = new pg.Pool({ connectionString: postgresUrl, max: 2 });
    const named: unknown[] = [];
    pool.on('connect', (client) => {
      const { query } = client;
      Reflect.set(client, 'query', (text: unknown, ...rest: unknown[]) => {
        if (typeof text === 'string') return Reflect.apply(query, client, [text, ...rest]);
        named.push(text);
        return Reflect.apply(query, client, ['execute "prepared elsewhere"']);
      });
    });
    const store = await open({ pool });
    await touch(store);
    for (let times = 0; times < 3; times += 1) {
      expect(await store.changesAfter?.(0, 10)).toMatchObject({ changes: [{ scope: 'all', id: '*' }] });
    }
    expect(named).toHaveLength(1);
    const key = { tag: 'any', keyId: null, setting: 'any' };
    expect(await store.rowsOfKey?.(key)).toMatchObject({ revision: [{ id: 1 }], secret: [] });
    expect(named).toHaveLength(2);
    await store.close();
    await pool.end();
  });

  test('postgresStore keeps two connections, and the one that listens, through a quiet time', async () => {
    const store = await open();
    const stop = store.onPush?.(() => undefined);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      await Promise.all(Array.from({ length: 6 }, () => store.changesAfter?.(0, 10)));
      expect(await connectionsOf(schema)).toBeGreaterThan(3);
      vi.advanceTimersByTime(3_600_000);
    } finally {
      vi.useRealTimers();
    }
    await vi.waitFor(async () => expect(await connectionsOf(schema)).toBeLessThanOrEqual(3), { timeout: 30_000 });
    expect(await connectionsOf(schema)).toBe(3);
    stop?.();
  });

  test('postgresStore does not report a write as done when its connection was lost', async () => {
    const store = await open();
    const writing = store.write(async (tx) => {
      await tx.insert('setting', { name: 'a', value: 'b' });
      await loseConnections(schema);
    });
    await expect(writing).rejects.toMatchObject({ name: 'UnavailableError' });
    expect(await store.read((tx) => tx.find('setting', {}))).toEqual([]);
  });

  test('postgresStore does not commit work that swallowed a failed statement', async () => {
    const store = await open();
    const row = { name: 'bad', value: 'v' };
    Reflect.set(row, 'value', null);
    const writing = store.write(async (tx) => {
      await tx.insert('setting', { name: 'good', value: 'v' });
      await tx.insert('setting', row).catch(() => undefined);
    });
    await expect(writing).rejects.toThrow(/null value/);
    expect(await store.read((tx) => tx.find('setting', {}))).toEqual([]);
  });

  test('postgresStore wakes a listener at every security write of another process, and again after a lost connection', async () => {
    const [store, other] = [await open(), await open()];
    await nextWake(store);
    const pushed = nextWake(store);
    await touch(other);
    await pushed;
    const reconnected = nextWake(store);
    await loseConnections(schema);
    await reconnected;
    const again = nextWake(store);
    await touch(other);
    await again;
  });

  test('postgresStore does not push what was rolled back, or was no security write', async () => {
    const [store, other] = [await open(), await open()];
    await nextWake(store);
    let wakes = 0;
    store.onPush?.(() => {
      wakes += 1;
    });
    await other.write((tx) => tx.insert('setting', { name: 'a', value: 'b' }));
    await other
      .write(async (tx) => {
        await tx.lockRevision();
        await tx.update('revision', { id: 1 }, { n: 77 });
        throw new Error('on purpose');
      })
      .catch(() => undefined);
    const pushed = nextWake(store);
    await touch(other);
    await pushed;
    expect(wakes).toBe(1);
  });

  test('postgresStore ends a statement that waits too long for a lock', async () => {
    const [store, other] = [await open({ statementTimeoutMs: 200 }), await open()];
    await other.write(async (tx) => {
      await tx.lockRevision();
      await expect(store.write((second) => second.lockRevision())).rejects.toMatchObject({ name: 'UnavailableError' });
    });
    await store.write((tx) => tx.lockRevision());
  });

  test('postgresStore gives up waiting for a lock before the statement has to end, and keeps its connection', async () => {
    const [store, other] = [await open({ lockTimeoutMs: 100, poolMax: 1 }), await open()];
    await other.write(async (tx) => {
      await tx.lockRevision();
      const waiting = store.write((second) => second.lockRevision());
      await expect(waiting).rejects.toMatchObject({ name: 'UnavailableError', cause: { code: '55P03' } });
    });
    await store.write((tx) => tx.lockRevision());
    expect(await store.read((tx) => tx.find('setting', {}))).toEqual([]);
  });

  test('postgresStore takes the lock away from a process that stands still while it holds it', async () => {
    const [stuck, other] = [await open({ statementTimeoutMs: 200 }), await open()];
    const writing = stuck.write(async (tx) => {
      await tx.lockRevision();
      await tx.insert('setting', { name: 'a', value: 'b' });
      await touch(other);
    });
    await expect(writing).rejects.toMatchObject({ name: 'UnavailableError' });
    expect(await other.read((tx) => tx.find('setting', {}))).toEqual([]);
  });

  test('postgresStore gives up what a pool of the host would wait for without end, and its connection with it', async () => {
    const server = await fallingSilent();
    const url = Object.assign(new URL(postgresUrl), { hostname: '127.0.0.1', port: String(server.port) });
    const pool = new pg.Pool({ connectionString: url.href, max: 4 });
    const store = await postgresStore({ pool, schema, masterKey });
    const key = { tag: 'any', keyId: null, setting: 'any' };
    await store.rowsOfKey?.(key);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      server.silence();
      const asked = [store.rowsOfKey?.(key), store.changesAfter?.(0, 10), touch(store)];
      const settled = Promise.allSettled(asked);
      for (let times = 0; times < 3; times += 1) {
        await new Promise((resolve) => setImmediate(resolve));
        vi.advanceTimersByTime(6000);
      }
      expect(await settled).toMatchObject(asked.map(() => ({ reason: { name: 'UnavailableError' } })));
    } finally {
      vi.useRealTimers();
    }
    server.speak();
    expect(await store.rowsOfKey?.(key)).toMatchObject({ revision: [{ id: 1 }] });
    await store.close();
    await pool.end();
    await server.close();
  });

  test('postgresStore keeps a connection for reading what changed, whatever writes wait for', async () => {
    const [store, other] = [await open({ poolMax: 6 }), await open()];
    await store.changesAfter?.(0, 10);
    await other.write(async (tx) => {
      await tx.lockRevision();
      const waiting = Array.from({ length: 20 }, () => touch(store));
      const all = Promise.allSettled(waiting);
      expect(await store.changesAfter?.(0, 10)).toMatchObject({ revision: { id: 1 } });
      expect(await store.rowsOfKey?.({ tag: 'any', keyId: null, setting: 'any' })).toMatchObject({ secret: [] });
      return { all };
    });
  });

  test('postgresStore lets other writers write while one stands still', async () => {
    const [stuck, other] = [await open(), await open()];
    const writing = stuck.write(async (tx) => {
      await tx.lockRevision();
      // Waits for the lock that this write holds, and gets it: the server ends a write that pauses before others give up.
      expect(await touch(other)).toMatchObject({ allowed: true });
    });
    await expect(writing).rejects.toMatchObject({ name: 'UnavailableError' });
  });

  test('postgresStore works on a pool of the host, and leaves it open', async () => {
    const pool = new pg.Pool({ connectionString: postgresUrl, max: 3 });
    const store = await postgresStore({ pool, schema, masterKey });
    await touch(store);
    expect(await store.read((tx) => tx.get('revision', { id: 1 }))).toMatchObject({ n: 1 });
    await store.close();
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });
});
