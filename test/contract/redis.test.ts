import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { allow, deny, isDenial, memoryStore } from '@flairgate/core';
import { securityWrite } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { testGate } from '@flairgate/express/testing';
import { type RedisLimits, redisLimits, redisWakeUps, type WakeUps, withWakeUps } from '@flairgate/stores/redis';
import { sqliteStore } from '@flairgate/stores/sqlite';
import express from 'express';
import { type Store as LimitStore, rateLimit } from 'express-rate-limit';
import { createClient } from 'redis';
import request from 'supertest';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  canStartRedis,
  dropPrefix,
  keysOf,
  newPrefix,
  type OwnRedis,
  onRedis,
  ownRedis,
  redisAnswers,
  redisUrl,
} from '../../packages/stores/test/redis-server.js';

const prefixes: string[] = [];
const opened: { close(): Promise<unknown> }[] = [];
const servers: OwnRedis[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
  for (const server of servers.splice(0)) await server.kill();
});
afterAll(async () => {
  for (const prefix of prefixes) await dropPrefix(prefix);
});

function ownPrefix(): string {
  const prefix = newPrefix();
  prefixes.push(prefix);
  return prefix;
}

function keep<T extends { close(): Promise<unknown> }>(one: T): T {
  opened.push(one);
  return one;
}

/** A count that knows its window, as express-rate-limit tells it. */
function counterOf(limits: RedisLimits, { name = 'calls', windowSeconds = 60 } = {}): LimitStore {
  const store = limits.storeFor({ name, windowSeconds });
  rateLimit({ store, windowMs: windowSeconds * 1000, validate: false });
  return store;
}

const hits = async (counter: LimitStore, id = 'someone') => (await counter.increment(id)).totalHits;

/** A server that runs, of this test alone. */
async function startRedis(): Promise<OwnRedis> {
  const server = await ownRedis();
  servers.push(server);
  await server.start();
  return server;
}

describe.skipIf(!(await redisAnswers()))('limits in Redis', () => {
  const open = async (prefix: string) => keep(await redisLimits({ url: redisUrl, prefix }));

  it('limits in Redis count every call of two connections once', async () => {
    const prefix = ownPrefix();
    const [a, b] = [counterOf(await open(prefix)), counterOf(await open(prefix))];
    const counted = await Promise.all(Array.from({ length: 400 }, (_, n) => hits(n % 2 === 0 ? a : b)));
    expect(counted.toSorted((x, y) => x - y)).toEqual(Array.from({ length: 400 }, (_, n) => n + 1));
  });

  it('limits in Redis count apart by name, by window and by prefix', async () => {
    const limits = await open(ownPrefix());
    const counters = [
      counterOf(limits),
      counterOf(limits, { name: 'other' }),
      counterOf(limits, { windowSeconds: 61 }),
      counterOf(await open(ownPrefix())),
    ];
    for (const counter of counters) expect(await hits(counter)).toBe(1);
  });

  it('limits in Redis begin again when the window ends, which further calls do not put off', async () => {
    const prefix = ownPrefix();
    const counter = counterOf(await open(prefix), { windowSeconds: 1 });
    const client = createClient({ url: redisUrl });
    await client.connect();
    await counter.increment('someone');
    const [name = ''] = await keysOf(prefix);
    const end = await client.pExpireTime(name);
    let last = await counter.increment('someone');
    while (last.totalHits > 1) {
      expect(last.resetTime?.getTime()).toBeGreaterThanOrEqual(end - 1);
      // Redis answers -2 for a count that has expired since.
      const endsAt = await client.pExpireTime(name);
      if (endsAt !== -2) expect(endsAt).toBe(end);
      last = await counter.increment('someone');
    }
    expect(await client.pExpireTime(name)).toBeGreaterThan(end);
    client.destroy();
  });

  it('limits in Redis add several hits in one command, in the window of the first', async () => {
    const client = createClient({ url: redisUrl, disableOfflineQueue: true });
    await client.connect();
    const sent: string[] = [];
    const sendCommand = (args: string[]) => {
      sent.push(args[0] ?? '');
      return client.sendCommand(args);
    };
    const prefix = ownPrefix();
    const limits = await redisLimits({ client: { sendCommand }, prefix });
    const counter = limits.storeFor({ name: 'calls', windowSeconds: 60 });
    const ends = async () => Promise.all((await keysOf(prefix)).map((name) => client.pExpireTime(name)));
    rateLimit({ windowMs: 60_000, store: counter, validate: false });
    const first = await counter.incrementBy('someone', 5000);
    expect(first.totalHits).toBe(5000);
    const end = await ends();
    sent.length = 0;
    const second = await counter.incrementBy('someone', 3);
    expect(second.totalHits).toBe(5003);
    expect(sent).toEqual(['EVALSHA']);
    expect(second.resetTime).toBeInstanceOf(Date);
    expect(await ends()).toEqual(end);
    expect((await counter.increment('someone')).totalHits).toBe(5004);
    await limits.close();
    client.destroy();
  });

  it.each([1, 2, 1_000_000])('a request that costs %d sends one command to Redis', async (cost) => {
    const client = createClient({ url: redisUrl, disableOfflineQueue: true });
    await client.connect();
    const sent: string[] = [];
    const sendCommand = (args: string[]) => {
      sent.push(args[0] ?? '');
      return client.sendCommand(args);
    };
    const limits = await redisLimits({ client: { sendCommand }, prefix: ownPrefix() });
    const kit = await testGate();
    const app = express();
    app.use(kit.gate.authenticate(), kit.gate.rateLimit({ limit: 3, cost, store: limits }));
    app.get('/', (_req, res) => void res.json({}));
    const { text } = await kit.key();
    const statuses: number[] = [];
    for (let call = 0; call < 3; call += 1) {
      sent.length = 0;
      statuses.push((await request(app).get('/').set('x-api-key', text)).status);
      // The first command of a server that does not know the script is sent again with the script.
      expect(sent.filter((name) => name !== 'EVAL')).toEqual(['EVALSHA']);
    }
    expect(sent).toEqual(['EVALSHA']);
    expect(statuses).toEqual([1, 2, 3].map((calls) => (calls * cost <= 3 ? 200 : 429)));
    await kit.close();
    await limits.close();
    client.destroy();
  });

  it('limits in Redis leave no key that does not end by itself', async () => {
    const prefix = ownPrefix();
    const limits = await open(prefix);
    for (const name of ['calls', 'refusals']) await hits(counterOf(limits, { name }));
    const keys = await keysOf(prefix);
    expect(keys).toHaveLength(2);
    const left = await onRedis(redisUrl, (client) => Promise.all(keys.map((key) => client.pTTL(key))));
    for (const ms of left) expect(ms).toBeGreaterThan(0);
  });

  it('limits in Redis use a client that is given, and leave it open', async () => {
    const client = createClient({ url: redisUrl, disableOfflineQueue: true });
    await client.connect();
    const limits = await redisLimits({ client, prefix: ownPrefix() });
    expect(await hits(counterOf(limits))).toBe(1);
    await limits.close();
    expect(await client.ping()).toBe('PONG');
    client.destroy();
  });

  it.each<[object, RegExp]>([
    [{ url: redisUrl, prefx: 'a' }, /redisLimits: unknown option `prefx`; did you mean `prefix`/],
    [{ url: 'http://127.0.0.1' }, /redisLimits: url: must be redis/],
    [{ url: 'redis://user:marked-secret@[' }, /redisLimits: url: must be redis/],
    [{}, /redisLimits: url/],
    [{ client: {} }, /redisLimits: client/],
    [{ url: redisUrl, prefix: 'a b' }, /redisLimits: prefix/],
    [{ url: redisUrl, prefix: '' }, /redisLimits: prefix/],
    [{ url: redisUrl.replace('redis://', 'redis://nobody:marked-secret@') }, /redisLimits: url: Redis refuses/],
    [{ url: `${redisUrl.replace(/\/$/, '')}/99999` }, /redisLimits: url: Redis refuses/],
  ])('limits in Redis stop at start for %j, never showing a password', async (options, message) => {
    const error = await redisLimits(options as { url: string }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'OptionError', message: expect.stringMatching(message) });
    expect(String(error)).not.toContain('marked-secret');
  });

  it.each(['redis', 'rate-limit-redis'])('limits in Redis say what to install where %s is not', (driver) => {
    const program = `
      import { register } from 'node:module';
      register('data:text/javascript,' + encodeURIComponent(\`
        export async function resolve(name, context, next) {
          if (name === '${driver}') throw new Error('not found');
          return next(name, context);
        }\`));
      const { redisLimits } = await import('@flairgate/stores/redis');
      await redisLimits({ url: '${redisUrl}' }).catch((error) => console.log(error.name, error.message));
      process.exit();
    `;
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], { cwd });
    expect(stdout.toString()).toMatch(new RegExp(`^OptionError redisLimits: .*npm install ${driver}`));
  });
});

describe.skipIf(!canStartRedis())('limits while Redis is down', { timeout: 60_000 }, () => {
  it('limits while Redis is down fail at once, and count again when it is back, its scripts lost', async () => {
    const server = await startRedis();
    const counter = counterOf(keep(await redisLimits({ url: server.url })));
    expect([await hits(counter), await hits(counter)]).toEqual([1, 2]);
    await server.kill();
    // The server starts only below: each count fails without waiting for it.
    for (let n = 0; n < 100; n += 1) await expect(counter.increment('someone')).rejects.toThrow();
    await server.start();
    await expect.poll(() => hits(counter).catch(() => 0), { timeout: 10_000 }).toBe(1);
  });

  it('limits while Redis is down count as soon as it is there, where it was down at the start', async () => {
    const server = await ownRedis();
    servers.push(server);
    const counter = counterOf(keep(await redisLimits({ url: server.url })));
    await expect(counter.increment('someone')).rejects.toThrow();
    await server.start();
    await expect.poll(() => hits(counter).catch(() => 0), { timeout: 10_000 }).toBe(1);
  });

  it('limits while Redis is down go to another connection when theirs stands still', async () => {
    const server = await startRedis();
    const counter = counterOf(keep(await redisLimits({ url: server.url })));
    await hits(counter);
    server.pause();
    const stuck = counter.increment('someone');
    await expect(stuck).rejects.toThrow();
    server.resume();
    await expect.poll(() => hits(counter).catch(() => 0), { timeout: 15_000 }).toBeGreaterThan(1);
  });
});

/** A store that cannot tell of changes of other processes by itself. */
function withoutPush({ version, onPush, ...store }: Store): Store {
  return store;
}

const countChange = (store: Store) =>
  securityWrite(store, Date.now(), async (tx) => {
    tx.touch('key', 'some key');
    return allow('done');
  });

describe.skipIf(!(await redisAnswers()))('wake-ups through Redis', () => {
  const open = async (prefix: string) => keep(await redisWakeUps({ url: redisUrl, prefix }));

  /** Counts wake-ups, after the one for the new connection. */
  async function listening(wakeUps: WakeUps): Promise<{ times(): number; stop(): void }> {
    let times = -1;
    const stop = wakeUps.subscribe(() => {
      times += 1;
    });
    await expect.poll(() => times).toBe(0);
    return { times: () => times, stop };
  }

  it('wake-ups through Redis wake every process that subscribed, and none with another prefix', async () => {
    const prefix = ownPrefix();
    const [a, b, other] = [await open(prefix), await open(prefix), await open(ownPrefix())];
    const [atA, atB, elsewhere] = [await listening(a), await listening(b), await listening(other)];
    a.publish();
    await expect.poll(() => [atA.times(), atB.times()]).toEqual([1, 1]);
    expect(elsewhere.times()).toBe(0);
    atB.stop();
    a.publish();
    await expect.poll(() => [atA.times(), atB.times()]).toEqual([2, 1]);
  });

  it('wake-ups through Redis follow a commit that counts a change, and no other', async () => {
    const wakeUps = await open(ownPrefix());
    let pushed = 0;
    const counted: WakeUps = {
      ...wakeUps,
      publish() {
        pushed += 1;
      },
    };
    const store = withWakeUps(await memoryStore(), counted);
    await securityWrite(store, 0, async () => deny('ERR_NOT_FOUND'));
    await securityWrite(store, 0, async () => allow('nothing touched'));
    await store.write(async (tx) => tx.find('key', {}));
    await expect(store.write(() => Promise.reject(new Error('rolled back')))).rejects.toThrow('rolled back');
    expect(pushed).toBe(0);
    await countChange(store);
    expect(pushed).toBe(1);
    await store.close();
  });

  it('wake-ups through Redis leave the pushes of the store itself as they are', async () => {
    const store = keep(withWakeUps(await memoryStore(), await open(ownPrefix())));
    let woken = 0;
    store.onPush?.(() => {
      woken += 1;
    });
    await expect.poll(() => woken).toBe(1);
    await countChange(store);
    await expect.poll(() => woken).toBe(3);
  });

  it('wake-ups through Redis send what is on its way before they close', async () => {
    const prefix = ownPrefix();
    const { times } = await listening(await open(prefix));
    const brief = await redisWakeUps({ url: redisUrl, prefix });
    brief.publish();
    await brief.close();
    await expect.poll(times).toBe(1);
  });

  it('wake-ups through Redis use a client that is given, and leave it open', async () => {
    const prefix = ownPrefix();
    const client = createClient({ url: redisUrl });
    await client.connect();
    const wakeUps = await redisWakeUps({ client, prefix });
    const { times } = await listening(wakeUps);
    wakeUps.publish();
    await expect.poll(times).toBe(1);
    await wakeUps.close();
    expect(await client.ping()).toBe('PONG');
    client.destroy();
  });

  it('wake-ups through Redis have another process refuse a revoked key long before its regular sync', {
    timeout: 60_000,
  }, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
    const prefix = ownPrefix();
    const openGate = async () => {
      const store = withoutPush(await sqliteStore({ file: join(folder, 'test.db'), masterKey: Buffer.alloc(32, 7) }));
      const wakeUps = await redisWakeUps({ url: redisUrl, prefix });
      return testGate({ store: withWakeUps(store, wakeUps), maxStalenessSeconds: 300 });
    };
    const [here, there] = [await openGate(), await openGate()];
    const key = await here.key();
    const credential = { kind: 'api-key', text: key.text } as const;
    await there.gate.authenticator.revision.sync();
    const isRefused = async () => isDenial(await there.gate.authenticator.authenticate(credential, undefined));
    expect(await isRefused()).toBe(false);
    await here.revoke(key);
    // The regular sync of the other process comes every 100 seconds.
    await expect.poll(isRefused, { interval: 1, timeout: 30_000 }).toBe(true);
    for (const kit of [here, there]) await kit.close();
    await rm(folder, { recursive: true });
  });

  it.each<[object, RegExp]>([
    [{ url: redisUrl, chanel: 'a' }, /redisWakeUps: unknown option `chanel`/],
    [{ url: 'ws://127.0.0.1' }, /redisWakeUps: url/],
    [{ client: { publish: () => undefined } }, /redisWakeUps: client/],
  ])('wake-ups through Redis stop at start for %j', async (options, message) => {
    await expect(redisWakeUps(options as { url: string })).rejects.toThrow(message);
  });
});

describe.skipIf(!canStartRedis())('wake-ups while Redis is down', { timeout: 60_000 }, () => {
  it('wake-ups while Redis is down neither throw nor delay a write, and go out when it is back', async () => {
    const server = await startRedis();
    const store = keep(withWakeUps(await memoryStore(), await redisWakeUps({ url: server.url })));
    const listener = keep(await redisWakeUps({ url: server.url }));
    let woken = 0;
    listener.subscribe(() => {
      woken += 1;
    });
    await expect.poll(() => woken).toBe(1);
    await server.kill();
    // The server starts only below: no write waits for it.
    for (let n = 0; n < 20; n += 1) expect(await countChange(store)).toMatchObject({ allowed: true });
    await server.start();
    await expect.poll(() => woken, { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
  });

  it('wake-ups while Redis is down close while they have no connection', async () => {
    const server = await ownRedis();
    const wakeUps = await redisWakeUps({ url: server.url });
    wakeUps.subscribe(() => undefined);
    wakeUps.publish();
    await wakeUps.close();
  });
});
