import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { createOrganization } from '@flairgate/core/administration';
import { postgresStore } from '@flairgate/stores/postgres';
import { redisWakeUps, withWakeUps } from '@flairgate/stores/redis';
import { createClient } from 'redis';
import { OPERATOR } from '../growth/room.js';
import { asAdmin, contextOf, postgresUrl, unwrap } from '../harness/fixture.js';
import type { Places } from './places.js';

/** One gateway in a process of its own. */
export interface Gateway {
  /** Sends a request with a key, and returns the status. */
  ask(path: string, key: string): Promise<number>;
  /** Microseconds of CPU used so far, by all threads. */
  cpu(): Promise<number>;
  stop(): Promise<void>;
}

/** A database and a prefix of Redis that belong to one run, and an administration in this process. */
export interface Fleet {
  readonly context: ReturnType<typeof contextOf>;
  readonly oid: string;
  start(): Promise<Gateway>;
  /** Ends the administration, and removes the database and the keys. */
  remove(): Promise<void>;
}

const redisUrl = process.env.FLAIRGATE_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';

/** True if Redis answers. Otherwise prints that on standard error. */
export async function hasRedis(): Promise<boolean> {
  const client = createClient({ url: redisUrl, socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  try {
    await client.connect();
    client.destroy();
    return true;
  } catch {
    process.stderr.write('left out: Redis does not answer at FLAIRGATE_TEST_REDIS_URL or 127.0.0.1:6379\n');
    return false;
  }
}

export async function createFleet(): Promise<Fleet> {
  const name = `flairgate_bench_${randomBytes(6).toString('hex')}`;
  const prefix = `flairgate-bench-${randomBytes(6).toString('hex')}:`;
  await asAdmin((client) => client.query(`create database ${name}`));
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const masterKey = randomBytes(32);
  const places = { databaseUrl: url.href, redisUrl, prefix, masterKey: masterKey.toString('hex') };
  const drop = async () => {
    await asAdmin((client) => client.query(`drop database if exists ${name} with (force)`));
    await dropKeys(prefix);
  };
  try {
    const rows = await postgresStore({ url: url.href, masterKey });
    const store = withWakeUps(rows, await redisWakeUps({ url: redisUrl, prefix }));
    const context = contextOf(store);
    const { oid } = unwrap(await createOrganization(context, OPERATOR, { name: 'bench' }));
    let removed: Promise<void> | undefined;
    return {
      context,
      oid,
      start: () => startGateway(places),
      remove() {
        removed ??= store.close().finally(drop);
        return removed;
      },
    };
  } catch (error) {
    await drop();
    throw error;
  }
}

async function dropKeys(prefix: string): Promise<void> {
  const client = createClient({ url: redisUrl });
  await client.connect();
  for await (const keys of client.scanIterator({ MATCH: `${prefix}*` })) if (keys.length > 0) await client.del(keys);
  client.destroy();
}

async function startGateway(places: Places): Promise<Gateway> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'gateway.js')], {
    env: { ...process.env, NODE_ENV: 'production', FLAIRGATE_BENCH_PLACES: JSON.stringify(places) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const port = await messageOf(child);
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  return {
    ask: (path, key) => statusOf(agent, { host: '127.0.0.1', port, path, headers: { 'x-api-key': key } }),
    cpu() {
      child.send('cpu');
      return messageOf(child);
    },
    async stop() {
      agent.destroy();
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
}

/** Returns the next message of a child, a number. */
async function messageOf(child: ChildProcess): Promise<number> {
  const ended = new AbortController();
  const exited = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`a gateway ended with ${code}`);
  });
  exited.catch(() => undefined);
  try {
    const answered = once(child, 'message', { signal: ended.signal }).then(([message]) => Number(message));
    return await Promise.race([answered, exited]);
  } finally {
    ended.abort();
  }
}

function statusOf(agent: Agent, options: object): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get({ ...options, agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', reject);
    });
    request.on('error', reject);
  });
}
