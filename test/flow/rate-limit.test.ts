import { memoryStore } from '@flairgate/core';
import type { RateLimitOptions } from '@flairgate/express';
import { type TestGate, type TestGateOptions, testGate } from '@flairgate/express/testing';
import express, { type Express } from 'express';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Answer, type Caller, countOf, createCaller, limitsOf, pipelined } from './rate-limit/caller.js';
import { type RunningService, runService, seed } from './running-service.js';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function listen(app: Express): Promise<{ port: number; caller: Caller }> {
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const caller = createCaller(port);
  closers.push(() => {
    caller.close();
    server.closeAllConnections();
    server.close();
  });
  return { port, caller };
}

interface Limited {
  readonly kit: TestGate;
  readonly caller: Caller;
  readonly port: number;
}

/** Creates an app with one limit, and a path whose permission no caller has. */
async function limited(limit: RateLimitOptions = {}, options: TestGateOptions = {}): Promise<Limited> {
  const kit = await testGate(options);
  closers.push(() => kit.close());
  const app = express();
  app.set('trust proxy', 'loopback');
  app.use(kit.gate.authenticate({ optional: true }), kit.gate.rateLimit(limit));
  app.get('/', (_req, res) => void res.json({}));
  app.get('/forbidden', kit.gate.requirePermissions('dr.list'), (_req, res) => void res.json({}));
  app.use(kit.gate.errorHandler());
  return { kit, ...(await listen(app)) };
}

const as = (key: { readonly text: string }) => ({ 'x-api-key': key.text });
const from = (address: string) => ({ 'x-forwarded-for': address });

describe('the same load by a plain and by a bulk key', { timeout: 120_000 }, () => {
  it('the same load by a plain and by a bulk key is cut at the 1,001st and at the 10,001st call by default', async () => {
    const { kit, caller } = await limited({ windowSeconds: 3600 });
    const plain = await caller.load(1100, as(await kit.key({ name: 'plain' })));
    const bulk = await caller.load(10_100, as(await kit.key({ name: 'much[bulk]' })));
    expect([countOf(plain, 200), countOf(plain, 429)]).toEqual([1000, 100]);
    expect([countOf(bulk, 200), countOf(bulk, 429)]).toEqual([10_000, 100]);
    expect(limitsOf(plain[0] as Answer).calls).toMatchObject({ quota: 1000, windowSeconds: 3600 });
    expect(limitsOf(bulk[0] as Answer).calls).toMatchObject({ quota: 10_000 });
  });

  it('the same load by a plain and by a bulk key is cut to the call when it arrives in one piece', async () => {
    const { kit, port } = await limited({ limit: 20 });
    const { text } = await kit.key();
    await pipelined(port, 1, text);
    const statuses = await pipelined(port, 40, text);
    expect(statuses).toEqual([...Array(19).fill(200), ...Array(21).fill(429)]);
  });
});

describe('header fields', () => {
  it('header fields of a limit count down by one a call, in fields that any parser of structured fields reads', async () => {
    const { kit, caller } = await limited({ limit: 5, windowSeconds: 30 });
    const key = as(await kit.key());
    const answers: Answer[] = [];
    for (let n = 0; n < 8; n += 1) answers.push(await caller.get(key));
    const shown = answers.map((answer) => limitsOf(answer).calls);
    expect(shown.map((limit) => limit?.remaining)).toEqual([4, 3, 2, 1, 0, 0, 0, 0]);
    for (const limit of shown) expect(limit).toMatchObject({ quota: 5, windowSeconds: 30 });
    for (const limit of shown) expect(limit?.seconds).toBeLessThanOrEqual(30);
  });

  it('header fields of a limit say when to come back, and only then what a client would warn of', async () => {
    const { kit, caller } = await limited({ limit: 1, windowSeconds: 30 });
    const key = as(await kit.key());
    const [within, over] = [await caller.get(key), await caller.get(key)];
    const legacy = ['x-ratelimit-quota', 'x-ratelimit-period', 'retry-after'];
    for (const name of legacy) expect(within.headers).not.toHaveProperty(name);
    expect(over).toMatchObject({
      status: 429,
      headers: { 'x-ratelimit-quota': '1', 'x-ratelimit-period': '30' },
      body: { code: 'ERR_RATE_LIMITED', policy: { name: 'calls', limit: 1, windowSeconds: 30 } },
    });
    const retryAfter = Number(over.headers['retry-after']);
    expect(retryAfter).toBe(over.body.retryAfter);
    expect(retryAfter).toBeGreaterThanOrEqual(limitsOf(over).calls?.seconds ?? 99);
  });

  it('header fields of a limit name the partition by bytes that differ by caller and tell nothing of it', async () => {
    const { kit, caller } = await limited();
    const [a, b] = [await kit.key(), await kit.key()];
    const partition = async (key: { text: string }) =>
      Buffer.from(limitsOf(await caller.get(as(key))).calls?.partition ?? new ArrayBuffer(0)).toString();
    const [one, again, other] = [await partition(a), await partition(a), await partition(b)];
    expect(one.length).toBeGreaterThanOrEqual(8);
    expect(again).toBe(one);
    expect(other).not.toBe(one);
    expect(a.text).not.toContain(one);
  });

  it('header fields of a limit are the same for every refused credential, so that they tell none from another', async () => {
    const { kit, caller } = await limited();
    const revoked = await kit.key();
    await kit.revoke(revoked);
    const names = async (text: string) => Object.keys((await caller.get({ 'x-api-key': text })).headers).toSorted();
    const unknown = await names('fg_unknown');
    expect(await names(revoked.text)).toEqual(unknown);
    expect(unknown).not.toContain('ratelimit');
  });

  it('header fields of the limit on refusals can be read as well', async () => {
    const { caller } = await limited({}, { failureLimit: { limit: 1, windowSeconds: 20 } });
    await caller.get({ 'x-api-key': 'a guess' });
    const over = await caller.get({ 'x-api-key': 'a guess' });
    expect(over.status).toBe(429);
    const { refusals } = limitsOf(over);
    expect(refusals).toMatchObject({ remaining: 0, quota: 1, windowSeconds: 20 });
    expect(refusals?.seconds).toBeLessThanOrEqual(Number(over.headers['retry-after']));
  });
});

describe('refused requests', () => {
  it('refused requests count once, whatever refuses them', async () => {
    const { kit, caller } = await limited({ limit: 10 }, { failureLimit: { limit: 3 } });
    const key = as(await kit.key());
    for (let n = 1; n <= 6; n += 1) {
      const answer = await caller.get(key, '/forbidden');
      expect([answer.status, limitsOf(answer).calls?.remaining]).toEqual([401, 10 - n]);
    }
    expect(limitsOf(await caller.get(key)).calls?.remaining).toBe(3);
    expect((await caller.get({ 'x-api-key': 'a guess' })).status).toBe(401);
  });

  it('refused requests do not put off the end of a window, over the limit or without the permission', async () => {
    const { kit, caller } = await limited({ limit: 5, windowSeconds: 2 });
    const key = as(await kit.key());
    const start = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now: start });
    const forbidden = async () => (await caller.get(key, '/forbidden')).status;
    for (let n = 0; n < 5; n += 1) expect(await forbidden()).toBe(401);
    for (const ms of [0, 1000, 1900]) {
      vi.setSystemTime(start + ms);
      expect(await forbidden()).toBe(429);
    }
    vi.setSystemTime(start + 2000);
    expect(await forbidden()).toBe(401);
    vi.useRealTimers();
  });
});

describe('addresses', () => {
  it.each([
    ['192.0.2.1', '::ffff:192.0.2.1', true],
    ['192.0.2.1', '::ffff:c000:0201', true],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
    ['2001:DB8:1:2::1', '2001:0db8:0001:0002::9', true],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.2', false],
    ['192.0.2.1', '192.0.2.2', false],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ])('addresses %s and %s of unknown callers are counted together: %s', async (one, other, together) => {
    const { caller } = await limited({ limit: 1 });
    expect((await caller.get(from(one))).status).toBe(200);
    expect((await caller.get(from(other))).status).toBe(together ? 429 : 200);
  });

  it('the limit of an address does not matter to a caller with a credential', async () => {
    const { kit, caller } = await limited({ limit: 2 });
    const key = as(await kit.key());
    const answers = [];
    for (const address of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) {
      answers.push((await caller.get({ ...key, ...from(address) })).status);
    }
    expect(answers).toEqual([200, 200, 429]);
  });
});

describe('the exchange', { timeout: 60_000 }, () => {
  interface Served extends Awaited<ReturnType<typeof seed>> {
    readonly service: RunningService;
    exchange(secret: string): Promise<number>;
    token(): Promise<string>;
    who(jwt: string): Promise<number>;
    may(jwt: string): Promise<number>;
  }

  async function serve(limit: number): Promise<Served> {
    const store = await memoryStore();
    const service = await runService(store, { gate: { failureLimit: { limit } } });
    closers.push(async () => {
      await service.close();
      await store.close();
    });
    const seeded = await seed(service);
    const { oid, organizationKey } = seeded;
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const post = (secret: string) =>
      service.send({ method: 'POST', path: '/jwt', headers, body: String(new URLSearchParams({ oid, secret })) });
    const get = async (path: string, jwt: string) =>
      (await service.send({ method: 'GET', path, headers: { Authorization: `Bearer ${jwt}` } })).status;
    return {
      service,
      ...seeded,
      exchange: async (secret) => (await post(secret)).status,
      token: async () => (await post(organizationKey.text)).body.jwt,
      who: (jwt) => get('/v1/who', jwt),
      may: (jwt) => get(`/v1/orgs/${oid}/users`, jwt),
    };
  }

  it('the exchange stays open to a client that answers each missing permission with one new exchange', async () => {
    const { token, may, who } = await serve(3);
    for (let n = 0; n < 20; n += 1) {
      expect(await may(await token())).toBe(401);
      expect(await may(await token())).toBe(401);
    }
    expect(await who(await token())).toBe(200);
  });

  it('the exchange stays open to a client whose tokens all end, however many 401 that made', async () => {
    const { token, who, exchange, organizationKey } = await serve(3);
    const ended = `${(await token()).slice(0, -4)}AAAA`;
    for (let n = 0; n < 5; n += 1) await who(ended);
    expect(await who(ended)).toBe(429);
    expect(await exchange(organizationKey.text)).toBe(200);
  });

  it('the exchange stays open to a key that was exchanged before, while its address guesses', async () => {
    const { exchange, organizationKey, userKey } = await serve(3);
    expect(await exchange(organizationKey.text)).toBe(200);
    for (let n = 0; n < 3; n += 1) expect(await exchange(`guess ${n}`)).toBe(401);
    expect(await exchange('guess')).toBe(429);
    expect(await exchange(userKey.text)).toBe(429);
    expect(await exchange(organizationKey.text)).toBe(200);
  });

  it('the exchange counts one budget of guesses, whatever else the request says', async () => {
    const { service, oid } = await serve(3);
    const paths = ['/jwt', '/jwt?x=1', '/jwt/', '/JWT', '//jwt', '/jwt?oid=other', '/jwt?email=a@b.example'];
    const statuses = [];
    for (const path of [...paths, ...paths]) {
      const body = String(new URLSearchParams({ oid, secret: `guess ${path}` }));
      const headers = {
        'Content-Type': 'application/x-www-form-urlencoded',
        'X-Forwarded-For': `192.0.2.${path.length}`,
      };
      statuses.push((await service.send({ method: 'POST', path, headers, body })).status);
    }
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(3);
    expect(statuses).toContain(429);
  });
});
