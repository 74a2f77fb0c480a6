import { get } from 'node:http';
import { deny } from '@flairgate/core';
import { createFailureLimit } from '@flairgate/express';
import { type TestGate, type TestGateOptions, testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';
import { expectRefusal, serve, whoami } from '../support.js';

describe('failureLimit', () => {
  const kits: TestGate[] = [];
  afterEach(async () => {
    for (const kit of kits.splice(0)) await kit.close();
  });

  async function gated(options: TestGateOptions, setup: (app: express.Express) => void = () => undefined) {
    const kit = await testGate(options);
    kits.push(kit);
    const app = express();
    setup(app);
    app.use(kit.gate.authenticate());
    app.get('/', whoami);
    return { kit, app };
  }

  const statuses = async (app: express.Express, texts: readonly string[]) => {
    const answers = [];
    for (const text of texts) answers.push((await request(app).get('/').set('x-api-key', text)).status);
    return answers;
  };

  it('failureLimit refuses exactly as many requests as its limit, then answers 429 with Retry-After', async () => {
    const { app } = await gated({ failureLimit: { limit: 3, windowSeconds: 60 } });
    expect(await statuses(app, ['a', 'b', 'c', 'd'])).toEqual([401, 401, 401, 429]);
    const over = await request(app).get('/').auth('x', { type: 'bearer' });
    expectRefusal(over, { status: 429, code: 'ERR_RATE_LIMITED' });
    expect(Number(over.headers['retry-after'])).toBe(over.body.retryAfter);
    expect(over.body.retryAfter).toBeGreaterThan(0);
    expect(over.headers.ratelimit).toMatch(/^"refusals"; r=0; t=\d+$/);
    expect(over.headers['ratelimit-policy']).toBe('"refusals"; q=3; w=60');
    expect(over.headers['x-ratelimit-quota']).toBe('3');
    expect(over.headers['x-ratelimit-period']).toBe('60');
  });

  it('failureLimit refuses exactly as many requests of a burst as its limit', async () => {
    const { app } = await gated({ failureLimit: { limit: 5 } });
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, n) => request(app).get('/').set('x-api-key', `k${n}`)),
    );
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(25);
  });

  it('failureLimit counts callers without a credential, with malformed ones and with bad tokens alike', async () => {
    const { app } = await gated({ failureLimit: { limit: 4 } });
    expect((await request(app).get('/')).status).toBe(401);
    expect((await request(app).get('/').set('Authorization', 'Bearer a b')).status).toBe(400);
    expect((await request(app).get('/').auth('x', { type: 'bearer' })).status).toBe(401);
    expect((await request(app).get('/').set('x-api-key', 'x')).status).toBe(401);
    expect((await request(app).get('/')).status).toBe(429);
  });

  it('failureLimit never locks out a valid cached key behind the same address', async () => {
    const { kit, app } = await gated({ failureLimit: { limit: 2 } });
    const key = await kit.key();
    const fresh = await kit.key();
    expect(await statuses(app, [key.text, 'a', 'b', 'c', key.text])).toEqual([200, 401, 401, 429, 200]);
    expect(await statuses(app, [fresh.text])).toEqual([429]);
  });

  it('failureLimit knows a cached key even while this process has to look at the store first', async () => {
    let now = 0;
    const clock = { wall: () => Date.now(), monotonic: () => performance.now() + now };
    const { kit, app } = await gated({ failureLimit: { limit: 1 }, clock });
    const key = await kit.key();
    expect(await statuses(app, [key.text, 'a', 'b'])).toEqual([200, 401, 429]);
    now += 200;
    expect(await statuses(app, [key.text])).toEqual([200]);
  });

  it('failureLimit does not count known callers that lack a permission', async () => {
    const { kit, app } = await gated({ failureLimit: { limit: 2 } });
    app.get('/may-not', kit.gate.requirePermissions('dr.list'), whoami);
    const key = await kit.key();
    for (const _ of [1, 2, 3, 4]) await request(app).get('/may-not').set('x-api-key', key.text).expect(401);
    expect(await statuses(app, ['x', (await kit.key()).text])).toEqual([401, 200]);
  });

  it('failureLimit counts by the socket unless the app declares its proxies', async () => {
    const limit = { failureLimit: { limit: 2 } };
    const from = (app: express.Express, address: string) =>
      request(app).get('/').set('X-Forwarded-For', address).set('Forwarded', `for=${address}`).set('x-api-key', 'x');
    const undeclared = [
      (_app: express.Express) => undefined,
      (app: express.Express) => void app.set('trust proxy', false),
      (app: express.Express) => void app.enable('trust proxy'),
    ];
    for (const setup of undeclared) {
      const { app } = await gated(limit, setup);
      const answers = [await from(app, '192.0.2.1'), await from(app, '192.0.2.2'), await from(app, '192.0.2.3')];
      expect(answers.map(({ status }) => status)).toEqual([401, 401, 429]);
    }
    const { app } = await gated(limit, (own) => void own.set('trust proxy', 'loopback'));
    const answers = [
      await from(app, '192.0.2.1'),
      await from(app, '192.0.2.1'),
      await from(app, '192.0.2.1'),
      await from(app, '192.0.2.2'),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 429, 401]);
  });

  it('failureLimit counts an IPv4 caller of a dual-stack socket by that address', async () => {
    const { app } = await gated({ failureLimit: { limit: 2 } });
    const served = await serve(app, '::');
    const ask = (localAddress: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        get({ host: '127.0.0.1', port: served.port, localAddress, agent: false }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        }).on('error', reject);
      });
    expect([await ask('127.0.0.1'), await ask('127.0.0.1'), await ask('127.0.0.1')]).toEqual([401, 401, 429]);
    expect(await ask('127.0.0.2')).toBe(401);
    await served.close();
  });

  it('failureLimit keeps every count after 100,000 addresses, and counts new addresses together', async () => {
    const limit = createFailureLimit({ limit: 1 });
    const refusal = deny('ERR_KEY_INVALID');
    const first = '192.0.2.1';
    expect((await limit.count(first, refusal)).code).toBe('ERR_KEY_INVALID');
    expect(limit.exceeded(first)?.code).toBe('ERR_RATE_LIMITED');
    for (let n = 1; n < 100_000; n += 1) await limit.count(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`, refusal);
    expect((await limit.count(first, refusal)).code).toBe('ERR_RATE_LIMITED');
    expect(limit.exceeded('198.51.100.1')).toBeUndefined();
    expect((await limit.count('198.51.100.1', refusal)).code).toBe('ERR_KEY_INVALID');
    expect(limit.exceeded('198.51.100.2')?.code).toBe('ERR_RATE_LIMITED');
    expect((await limit.count('198.51.100.3', refusal)).code).toBe('ERR_RATE_LIMITED');
    limit.stop();
  });

  it.each([
    ['/56', 64, (n: number) => `2001:db8:1:${n.toString(16)}::1`],
    ['/48', 2048, (n: number) => `2001:db8:1:${((n % 256) * 256 + (n >> 8)).toString(16)}::1`],
  ])(
    'failureLimit counts the addresses of an IPv6 %s together once it has sent from %i networks',
    async (_, many, address) => {
      const limit = createFailureLimit({ limit: 1 });
      const refusal = deny('ERR_KEY_INVALID');
      const codes: string[] = [];
      for (let n = 0; n < many + 2; n += 1) codes.push((await limit.count(address(n), refusal)).code);
      expect(codes.slice(0, many + 1).every((code) => code === 'ERR_KEY_INVALID')).toBe(true);
      expect(codes.at(-1)).toBe('ERR_RATE_LIMITED');
      expect(limit.exceeded(address(many + 3))?.code).toBe('ERR_RATE_LIMITED');
      expect(limit.exceeded('2001:db8:2::1')).toBeUndefined();
      expect((await limit.count('2001:db8:2::1', refusal)).code).toBe('ERR_KEY_INVALID');
      limit.stop();
    },
  );

  it('failureLimit limits no refusals with a limit of 0', async () => {
    const { app } = await gated({ failureLimit: { limit: 0 } });
    expect(
      await statuses(
        app,
        Array.from({ length: 20 }, () => 'x'),
      ),
    ).not.toContain(429);
  });

  describe('addresses', () => {
    const refusal = { allowed: false, code: 'ERR_KEY_INVALID', detail: '', reason: '', members: {} } as const;

    async function share(one: string, other: string): Promise<boolean> {
      const limit = createFailureLimit({ limit: 1 });
      await limit.count(one, refusal);
      const shared = (await limit.exceeded(other)) !== undefined;
      limit.stop();
      return shared;
    }

    it.each([
      ['192.0.2.1', '::ffff:192.0.2.1'],
      ['192.0.2.1', '::ffff:c000:201'],
      ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
      ['2001:DB8:1:2::1', '2001:0db8:0001:0002:0:0:0:1'],
      ['fe80::1', 'fe80::1%eth0'],
    ])('failureLimit counts %s and %s together', async (one, other) => {
      expect(await share(one, other)).toBe(true);
    });

    it.each([
      ['192.0.2.1', '192.0.2.2'],
      ['::ffff:192.0.2.1', '::ffff:192.0.2.2'],
      ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ])('failureLimit counts %s and %s apart', async (one, other) => {
      expect(await share(one, other)).toBe(false);
    });
  });

  it.each([
    { store: {} },
    { name: 'a b' },
    { limit: -1 },
    { limit: 1.5 },
    { windowSeconds: 0 },
    { limits: 5 },
    { limit: '10' },
  ])('failureLimit stops at start for %j', async (failureLimit) => {
    await expect(testGate({ failureLimit: failureLimit as object })).rejects.toThrow(/failureLimit/);
  });
});
