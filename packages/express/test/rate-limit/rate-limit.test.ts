import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { deny } from '@flairgate/core';
import { createFailureLimit, type LimitName, type LimitStore, type RateLimitOptions } from '@flairgate/express';
import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express from 'express';
import { MemoryStore, type Store } from 'express-rate-limit';
import request, { type Response } from 'supertest';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { expectRefusal } from '../support.js';

/** Items of a structured-field list of strings with integer or byte parameters, as the RateLimit fields are. */
function structured(field: string | undefined): Record<string, Record<string, string>> {
  const items = (field ?? '').split(', ').map((item) => {
    const match = /^"([\w.-]+)"((?:; ?[a-z]+=(?:\d+|:[A-Za-z0-9+/]*=*:))+)$/.exec(item);
    if (match === null) throw new Error(`not a structured field: ${item}`);
    const [, name = '', parameters = ''] = match;
    const pairs = parameters
      .split(/; ?/)
      .filter(Boolean)
      .map((pair) => pair.split(/=(.*)/s).slice(0, 2));
    return [name, Object.fromEntries(pairs)];
  });
  return Object.fromEntries(items);
}

describe('rateLimit', () => {
  let kit: TestGate;
  beforeAll(async () => {
    kit = await testGate();
  });
  afterAll(() => kit.close());

  function limited(...options: RateLimitOptions[]) {
    const app = express();
    app.use(kit.gate.authenticate({ optional: true }));
    for (const one of options) app.use(kit.gate.rateLimit(one));
    app.get('/', (_req, res) => void res.json({}));
    app.use(kit.gate.errorHandler({ onFault: () => undefined }));
    return app;
  }

  const call = (app: express.Express, key?: TestKey) =>
    key === undefined ? request(app).get('/') : request(app).get('/').set('x-api-key', key.text);

  async function calls(app: express.Express, key: TestKey | undefined, times: number): Promise<Response[]> {
    const answers: Response[] = [];
    for (let n = 0; n < times; n += 1) answers.push(await call(app, key));
    return answers;
  }

  const passed = (answers: readonly Response[]) => answers.filter(({ status }) => status === 200).length;

  it('rateLimit cuts a plain key at the limit and a bulk key at ten times that, to the request', async () => {
    const app = limited({ limit: 4 });
    expect(passed(await calls(app, await kit.key({ name: 'plain' }), 8))).toBe(4);
    expect(passed(await calls(app, await kit.key({ name: 'much[bulk]' }), 45))).toBe(40);
  });

  it('rateLimit lets no burst of calls exceed the limit', async () => {
    const app = limited({ limit: 20 });
    const key = await kit.key();
    await call(app, key);
    expect(passed(await Promise.all(Array.from({ length: 60 }, () => call(app, key))))).toBe(19);
  });

  it('rateLimit answers 429 with everything a client needs, and says nothing of quota before', async () => {
    const app = limited({ limit: 2, windowSeconds: 30, name: 'reads' });
    const key = await kit.key();
    const [first, second, over] = await calls(app, key, 3);
    expect(structured(first?.headers.ratelimit).reads).toMatchObject({ r: '1' });
    expect(structured(second?.headers.ratelimit).reads).toMatchObject({ r: '0' });
    const policy = structured(first?.headers['ratelimit-policy']).reads;
    expect(policy).toMatchObject({ q: '2', w: '30' });
    expect(second?.headers).not.toHaveProperty('x-ratelimit-quota');
    expect(second?.headers).not.toHaveProperty('x-ratelimit-period');
    expect(second?.headers).not.toHaveProperty('retry-after');
    if (over === undefined) throw new Error('no third answer');
    expectRefusal(over, { status: 429, code: 'ERR_RATE_LIMITED' });
    expect(over.headers['x-ratelimit-quota']).toBe('2');
    expect(over.headers['x-ratelimit-period']).toBe('30');
    expect(Number(over.headers['retry-after'])).toBe(over.body.retryAfter);
    expect(over.body.retryAfter).toBeGreaterThan(0);
    expect(over.body.retryAfter).toBeLessThanOrEqual(30);
    expect(structured(over.headers.ratelimit).reads).toMatchObject({ r: '0' });
    expect(Number(structured(over.headers.ratelimit).reads?.t)).toBeLessThanOrEqual(over.body.retryAfter);
  });

  it('rateLimit names the bucket without naming key, identity or address', async () => {
    const app = limited({});
    const key = await kit.key();
    const { headers } = await call(app, key);
    const pk = Buffer.from(structured(headers['ratelimit-policy']).calls?.pk?.slice(1, -1) ?? '', 'base64').toString();
    expect(pk).not.toBe('');
    expect(key.text).not.toContain(pk);
    expect(pk).not.toContain(key.keyId);
  });

  it('rateLimit counts a credential, however many tokens it has', async () => {
    const app = limited({ limit: 3 });
    const key = await kit.key();
    const tokens = [await kit.token(key), await kit.token(key), await kit.token(key)];
    const answers = [await call(app, key)];
    for (const jwt of tokens) answers.push(await request(app).get('/').auth(jwt, { type: 'bearer' }));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
  });

  it('rateLimit counts two keys apart, and two anonymous callers of one address together', async () => {
    const app = limited({ limit: 2 });
    expect(passed(await calls(app, await kit.key(), 2))).toBe(2);
    expect(passed(await calls(app, await kit.key(), 2))).toBe(2);
    const forged = request(app).get('/').set('X-Forwarded-For', '192.0.2.7');
    expect([...(await calls(app, undefined, 2)), await forged].map(({ status }) => status)).toEqual([200, 200, 429]);
  });

  it('rateLimit by organization counts the keys of an organization together', async () => {
    const app = limited({ limit: 2, by: 'organization' });
    const [a, b] = [await kit.key(), await kit.key()];
    const elsewhere = await kit.key({ oid: await kit.organization() });
    expect([(await call(app, a)).status, (await call(app, b)).status, (await call(app, a)).status]).toEqual([
      200, 200, 429,
    ]);
    expect((await call(app, elsewhere)).status).toBe(200);
  });

  it('rateLimit lets no caller use up the calls of another organization', async () => {
    const app = limited({ limit: 1, by: 'organization', organization: (req) => req.query.oid });
    const attacker = await kit.key({ oid: await kit.organization() });
    const path = `/?oid=${kit.oid}`;
    for (const _ of [1, 2]) await request(app).get(path).set('x-api-key', attacker.text);
    expect(
      (
        await request(app)
          .get(path)
          .set('x-api-key', (await kit.key()).text)
      ).status,
    ).toBe(200);
  });

  it('rateLimit by user counts the keys of a user together', async () => {
    const app = limited({ limit: 1, by: 'user' });
    const uid = await kit.user();
    const [a, b] = [await kit.userKey({ uid }), await kit.userKey({ uid })];
    expect([(await call(app, a)).status, (await call(app, b)).status]).toEqual([200, 429]);
  });

  it('rateLimit counts the bulk keys of a user apart from the others, and together', async () => {
    const app = limited({ limit: 1, bulkLimit: 2, by: 'user' });
    const uid = await kit.user({ permissions: { [kit.oid]: [] }, role: 'owner' });
    const plain = await kit.userKey({ uid });
    const [a, b] = [await kit.userKey({ uid, name: 'a[bulk]' }), await kit.userKey({ uid, name: 'b[bulk]' })];
    const statuses = [];
    for (const key of [a, b, a, plain, plain]) statuses.push((await call(app, key)).status);
    expect(statuses).toEqual([200, 200, 429, 200, 429]);
  });

  it('rateLimit gives a user the bulk limit only where the user is an owner', async () => {
    const app = limited({ limit: 1, bulkLimit: 2 });
    const uid = await kit.user({ permissions: { [kit.oid]: [] } });
    const key = await kit.userKey({ uid, name: 'a[bulk]' });
    expect([(await call(app, key)).status, (await call(app, key)).status]).toEqual([200, 429]);
  });

  it('rateLimit takes a function for whose calls are counted together', async () => {
    const app = limited({ limit: 1, by: (req) => String(req.query.tenant) });
    const key = await kit.key();
    const as = (tenant: string) => request(app).get(`/?tenant=${tenant}`).set('x-api-key', key.text);
    expect([(await as('a')).status, (await as('b')).status, (await as('a')).status]).toEqual([200, 200, 429]);
  });

  it('rateLimit charges what a request costs, and nothing for a free one', async () => {
    const app = limited({ limit: 10, cost: (req) => Number(req.query.items ?? 0) });
    const key = await kit.key();
    const items = (count: number) => request(app).get(`/?items=${count}`).set('x-api-key', key.text);
    expect((await items(7)).status).toBe(200);
    for (const answer of await calls(app, key, 5)) expect(answer.status).toBe(200);
    expect((await items(3)).status).toBe(200);
    expect((await items(1)).status).toBe(429);
  });

  it('rateLimit adds the cost of a request in one step, on a store that can', async () => {
    const added: number[] = [];
    const memory = new MemoryStore();
    const store: LimitStore = Object.assign(memory, {
      async incrementBy(key: string, hits: number) {
        added.push(hits);
        const counted = await memory.increment(key);
        counted.totalHits += hits - 1;
        return counted;
      },
    });
    const app = limited({ limit: 10, cost: (req) => Number(req.query.items ?? 1), store });
    const key = await kit.key();
    const items = (count: number) => request(app).get(`/?items=${count}`).set('x-api-key', key.text);
    expect((await items(7)).status).toBe(200);
    expect((await items(4)).status).toBe(429);
    expect((await items(9999)).status).toBe(429);
    expect(added).toEqual([7, 4, 11]);
  });

  it('rateLimit adds the cost of a request one by one, on a store of express-rate-limit', async () => {
    const app = limited({ limit: 10, cost: 5, store: new MemoryStore() });
    expect(passed(await calls(app, await kit.key(), 3))).toBe(2);
  });

  it('rateLimit refuses a cost that is no whole number, as a fault', async () => {
    const app = limited({ limit: 10, cost: (req) => Number(req.query.items) });
    const key = await kit.key();
    for (const items of ['-5', 'NaN', '1.5', '1e999']) {
      const answer = await request(app).get(`/?items=${items}`).set('x-api-key', key.text);
      expect(answer.status, items).toBe(500);
    }
  });

  it('rateLimit shows several limits at once and cuts at the one that ends first', async () => {
    const app = limited({ name: 'minute', limit: 5 }, { name: 'hour', limit: 2, windowSeconds: 3600 });
    const key = await kit.key();
    const answers = await calls(app, key, 3);
    expect(Object.keys(structured(answers[0]?.headers.ratelimit))).toEqual(['minute', 'hour']);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[2]?.body.policy).toEqual({ name: 'hour', limit: 2, windowSeconds: 3600 });
  });

  it('rateLimit counts a request once when one limit is mounted twice on its way', async () => {
    const limit = kit.gate.rateLimit({ limit: 3 });
    const app = express();
    app.use(kit.gate.authenticate(), limit);
    app.get('/', limit, (_req, res) => void res.json({}));
    expect(passed(await calls(app, await kit.key(), 5))).toBe(3);
  });

  it('rateLimit counts a request that another limit of the same name has counted', async () => {
    const app = limited({ limit: 5 }, { limit: 2 });
    expect(passed(await calls(app, await kit.key(), 5))).toBe(2);
  });

  it('rateLimit takes the sizes of the gate, and ten times the limit in force for bulk', async () => {
    const own = await testGate({ rateLimit: { limit: 2, windowSeconds: 7 } });
    const app = express();
    app.use(own.gate.authenticate());
    app.get('/own', own.gate.rateLimit(), (_req, res) => void res.json({}));
    app.get('/less', own.gate.rateLimit({ limit: 1 }), (_req, res) => void res.json({}));
    const key = await own.key({ name: 'x[bulk]' });
    const policy = async (path: string) =>
      structured((await request(app).get(path).set('x-api-key', key.text)).headers['ratelimit-policy']).calls;
    expect(await policy('/own')).toMatchObject({ q: '20', w: '7' });
    expect(await policy('/less')).toMatchObject({ q: '10', w: '7' });
    await own.close();
  });

  describe('while its store is down', () => {
    /** Stops the clock by which a store that failed rests. */
    const stopClock = () => vi.spyOn(performance, 'now').mockReturnValue(performance.now());
    const broken = (): Store => ({
      increment: () => Promise.reject(new Error('down')),
      decrement: () => undefined,
      resetKey: () => undefined,
    });

    it('rateLimit counts in this process by default while the store is down', async () => {
      const app = limited({ limit: 2, store: broken() });
      expect((await calls(app, await kit.key(), 4)).map(({ status }) => status)).toEqual([200, 200, 429, 429]);
    });

    it('rateLimit lets requests through with onStoreFailure open while the store is down', async () => {
      const app = limited({ limit: 1, store: broken(), onStoreFailure: 'open', cost: 2 });
      expect(passed(await calls(app, await kit.key(), 3))).toBe(3);
    });

    it('rateLimit answers 503 with onStoreFailure closed while the store is down', async () => {
      const app = limited({ limit: 1, store: broken(), onStoreFailure: 'closed' });
      expectRefusal(await call(app, await kit.key()), { status: 503, code: 'ERR_STORE_UNAVAILABLE' });
    });

    it('rateLimit waits for a store that hangs only once in a while', async () => {
      const clock = stopClock();
      const hanging = { ...broken(), increment: vi.fn(() => new Promise<never>(() => undefined)) };
      const app = limited({ limit: 5, store: hanging });
      const key = await kit.key();
      for (let n = 0; n < 3; n += 1) expect((await call(app, key)).status).toBe(200);
      expect(hanging.increment).toHaveBeenCalledTimes(1);
      clock.mockRestore();
    });

    it('rateLimit tries a store that is down with one request, while the others do not wait', async () => {
      const clock = stopClock();
      const hanging = { ...broken(), increment: vi.fn(() => new Promise<never>(() => undefined)) };
      const app = limited({ limit: 100, store: hanging });
      const key = await kit.key();
      await call(app, key);
      clock.mockReturnValue(performance.now() + 1100);
      await Promise.all(Array.from({ length: 10 }, () => call(app, key)));
      expect(hanging.increment).toHaveBeenCalledTimes(2);
      clock.mockRestore();
    });

    it('rateLimit tells of an outage of its store once, on the diagnostics channel', async () => {
      const told: unknown[] = [];
      const listen = (event: unknown) => void told.push(event);
      subscribe('flairgate:fault', listen);
      const app = limited({ limit: 100, store: broken() });
      await calls(app, await kit.key(), 5);
      unsubscribe('flairgate:fault', listen);
      expect(told).toMatchObject([{ error: { dependency: 'store', cause: { message: 'down' } }, cause: {} }]);
    });

    it('rateLimit counts in its store again once that is back', async () => {
      const memory = new MemoryStore();
      let down = true;
      const flaky: Store = {
        init: (options) => memory.init(options),
        increment: (id) => (down ? Promise.reject(new Error('down')) : memory.increment(id)),
        decrement: (id) => memory.decrement(id),
        resetKey: (id) => memory.resetKey(id),
        shutdown: () => memory.shutdown(),
      };
      const app = limited({ limit: 3, store: flaky });
      const key = await kit.key();
      expect((await call(app, key)).status).toBe(200);
      down = false;
      await expect
        .poll(() => call(app, key).then(() => memory.current.size), { timeout: 30_000, interval: 300 })
        .toBe(1);
    });
  });

  describe('with a store for the whole gate', () => {
    /** Counts in memory; the same count for the same name and window. */
    function sharedStores() {
      const stores = new Map<string, MemoryStore>();
      const asked: string[] = [];
      const storeFor = ({ name, windowSeconds }: LimitName) => {
        const id = `${name} ${windowSeconds}`;
        asked.push(id);
        const store = stores.get(id) ?? new MemoryStore();
        stores.set(id, store);
        return store;
      };
      return { storeFor, asked };
    }

    it('rateLimit with a store for the whole gate counts each limit there under its name and window', async () => {
      const shared = sharedStores();
      const [one, other] = [
        await testGate({ rateLimit: { store: shared, limit: 3 } }),
        await testGate({ rateLimit: { store: shared, limit: 3 } }),
      ];
      const app = express();
      app.get('/one', one.gate.rateLimit(), (_req, res) => void res.json({}));
      app.get('/other', other.gate.rateLimit(), (_req, res) => void res.json({}));
      app.get('/hour', other.gate.rateLimit({ name: 'hour', windowSeconds: 3600 }), (_req, res) => void res.json({}));
      const statuses = [];
      for (const path of ['/one', '/other', '/one', '/other', '/one', '/hour']) {
        statuses.push((await request(app).get(path)).status);
      }
      expect(statuses).toEqual([200, 200, 200, 429, 429, 200]);
      expect(shared.asked).toEqual(['calls 60', 'calls 60', 'hour 3600']);
      for (const own of [one, other]) await own.close();
    });

    it('rateLimit with a store for the whole gate counts the refusals there too, under the name of that limit', async () => {
      const shared = sharedStores();
      const limits = ['a', 'a', 'b'].map((name) => createFailureLimit({ limit: 2, store: shared, name }));
      const refusal = deny('ERR_KEY_INVALID');
      const codes = [];
      for (const limit of [...limits, ...limits]) codes.push((await limit.count('192.0.2.1', refusal)).code);
      const [invalid, limitedTo] = ['ERR_KEY_INVALID', 'ERR_RATE_LIMITED'];
      expect(codes).toEqual([invalid, invalid, invalid, limitedTo, limitedTo, invalid]);
      expect(shared.asked).toEqual(['a 60', 'a 60', 'b 60']);
      for (const limit of limits) limit.stop();
    });

    it('rateLimit with a store for the whole gate keeps what is chosen for the gate unless a limit chooses otherwise', async () => {
      const down = { storeFor: () => ({ ...new MemoryStore(), increment: () => Promise.reject(new Error('down')) }) };
      const own = await testGate({ rateLimit: { store: down as never, onStoreFailure: 'closed' } });
      const app = express();
      app.get('/closed', own.gate.rateLimit(), (_req, res) => void res.json({}));
      app.get('/local', own.gate.rateLimit({ onStoreFailure: 'local' }), (_req, res) => void res.json({}));
      expect((await request(app).get('/closed')).status).toBe(503);
      expect((await request(app).get('/local')).status).toBe(200);
      await own.close();
    });
  });

  it.each<[RateLimitOptions | object, RegExp]>([
    [{ limt: 5 }, /`limit`/],
    [{ store: {} }, /rateLimit\.store/],
    [{ store: 'redis://127.0.0.1' }, /rateLimit\.store/],
    [{ limit: 0 }, /rateLimit\.limit/],
    [{ limit: -1 }, /rateLimit\.limit/],
    [{ limit: Number.POSITIVE_INFINITY }, /rateLimit\.limit/],
    [{ limit: '10' }, /rateLimit\.limit/],
    [{ bulkLimit: 1.5 }, /rateLimit\.bulkLimit/],
    [{ windowSeconds: 1e9 }, /rateLimit\.windowSeconds/],
    [{ name: 'a"b' }, /rateLimit\.name/],
    [{ by: 'key' }, /rateLimit\.by/],
    [{ cost: -1 }, /rateLimit\.cost/],
    [{ onStoreFailure: 'ignore' }, /rateLimit\.onStoreFailure/],
  ])('rateLimit stops at start for %j', (options, message) => {
    expect(() => kit.gate.rateLimit(options)).toThrow(message);
  });
});
