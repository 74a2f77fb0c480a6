import { createRequire } from 'node:module';
import { DeniedError, OptionError, type Principal } from '@flairgate/core';
import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const express4: typeof express = createRequire(import.meta.url)('express4');
const versions = { 'Express 4': express4, 'Express 5': express };

let kit: TestGate;
let key: TestKey;

beforeEach(async () => {
  kit = await testGate({ failureLimit: { limit: 0 } });
  key = await kit.key({ name: 'caller', permissions: ['dr.list'], ranges: ['127.0.0.0/8'] });
});
afterEach(() => kit.close());

/**
 * Values that other code leaves in `req.auth`: those of express-jwt, and those of an attacker who wants to appear in
 * the audit.
 */
const foreign: Readonly<Record<string, object>> = {
  'claims of another token': { sub: 'someone', iat: 1 },
  nothing: {},
  'a forged principal': { identity: 'key:boss', ident: 'the boss', organizations: ['x'], uid: 'boss' },
};

const write =
  (value: unknown): RequestHandler =>
  (req, _res, next) => {
    Reflect.set(req, 'auth', value);
    next();
  };

const answer: RequestHandler = (_req, res) => void res.json({});

const tellError: ErrorRequestHandler = (error, _req, res, _next) => void res.status(500).send(String(error));

describe.each(Object.entries(versions))('what another middleware wrote to req.auth, in %s', (_name, make) => {
  it.each(Object.entries(foreign))('a foreign req.auth ends nothing and admits no caller: %s', async (_what, value) => {
    const app = make();
    app.use(write(value), kit.gate.authenticate());
    app.use((_req, res) => void res.json({}));
    for (const headers of [{}, { authorization: 'Bearer a.b.c' }, { 'x-api-key': 'unknown-key-unknown' }]) {
      await request(app).get('/').set(headers).expect(401);
    }
    await request(app).get('/').set('x-api-key', key.text).expect(200);
    await kit.gate.close();
    const rows = await kit.store.read((tx) => tx.find('audit', {}));
    expect(JSON.stringify(rows)).not.toContain('boss');
  });

  it.each(Object.entries(foreign))('a foreign req.auth does not stand for authenticate: %s', async (_what, value) => {
    const app = make();
    app.use(write(value));
    app.get('/permission', kit.gate.requirePermissions('dr.list'));
    app.get('/user', kit.gate.requireUser('do this'));
    app.use(answer, tellError);
    for (const path of ['/permission', '/user']) {
      expect((await request(app).get(path).expect(500)).text).toContain('must run before this on each request');
    }
  });

  it('a gate ignores req.auth that other middleware wrote last', async () => {
    const app = make();
    app.use(kit.gate.authenticate(), write(foreign['a forged principal']), kit.gate.requirePermissions('dr.list'));
    app.use((req, res) => void res.json({ ident: kit.gate.authOf(req).ident, maybe: kit.gate.maybeAuth(req)?.ident }));
    await request(app).get('/').set('x-api-key', key.text).expect(200, { ident: 'caller', maybe: 'caller' });
  });

  it('a gate answers a read-only req.auth as an error of the request, cold and cached', async () => {
    const app = make();
    app.use((req, _res, next) => {
      Object.defineProperty(req, 'auth', { value: 'fixed' });
      next();
    }, kit.gate.authenticate());
    app.use(answer, tellError);
    for (const _ of [1, 2]) await request(app).get('/').set('x-api-key', key.text).expect(500);
  });
});

describe('gate.authOf', () => {
  it('gate.authOf throws without authenticate, and 401 for an anonymous caller', async () => {
    const app = express();
    const thrown: unknown[] = [];
    const tell: RequestHandler = (req, res) => {
      try {
        kit.gate.authOf(req);
      } catch (error) {
        thrown.push(error);
      }
      res.json({});
    };
    app.get('/not-asked', tell);
    app.get('/asked', kit.gate.authenticate({ optional: true }), tell);
    for (const path of ['/not-asked', '/asked']) await request(app).get(path).expect(200);
    expect(thrown).toEqual([expect.any(OptionError), expect.objectContaining({ status: 401, statusCode: 401 })]);
  });

  it('gate.authOf shows the caller under the property that the option names', async () => {
    const own = await testGate({ property: 'caller' });
    const { text } = await own.key();
    const app = express();
    app.use(write('theirs'), own.gate.authenticate());
    app.use(
      (req, res) => void res.json([Reflect.get(req, 'auth'), Reflect.get(req, 'caller') === own.gate.authOf(req)]),
    );
    await request(app).get('/').set('x-api-key', text).expect(200, ['theirs', true]);
    await own.close();
  });

  it('gate.authOf does not return the callers of another gate', async () => {
    const other = await testGate();
    const app = express();
    app.use(kit.gate.authenticate());
    app.use((req, res) => void res.json({ other: other.gate.maybeAuth(req) === undefined }));
    await request(app).get('/').set('x-api-key', key.text).expect(200, { other: true });
    await other.close();
  });
});

describe('a caller that ends while its request is under way', () => {
  const ended: RequestHandler = (_req, _res, next) => void kit.revoke(key).then(() => next(), next);

  it('a caller that is revoked during its request is refused at the next requirement', async () => {
    let handled = false;
    const app = express();
    app.use(kit.gate.authenticate(), ended, kit.gate.requirePermissions('dr.list'));
    app.use(() => {
      handled = true;
    });
    const answer = await request(app).get('/').set('x-api-key', key.text).expect(401);
    expect([answer.body.code, handled]).toEqual(['ERR_KEY_INVALID', false]);
  });

  it('gate.current and rules refuse a caller that is revoked during its request, and its signal stays aborted', async () => {
    const rules = kit.gate.resources({ type: 'rule', content: ['data'] });
    const seen: unknown[] = [];
    const app = express();
    app.use(kit.gate.authenticate(), kit.gate.requirePermissions('dr.list'));
    app.use(async (req, res) => {
      const caller = kit.gate.authOf(req);
      const view = caller.in(kit.oid);
      const { signal } = caller;
      seen.push((await kit.gate.current(req)) === caller, signal.aborted, rules.where(caller, 'read').visibility);
      await kit.revoke(key);
      seen.push(signal.aborted, caller.signal === signal, caller.signal.aborted);
      for (const who of [caller, view].filter((each) => each !== undefined)) {
        expect(() => rules.where(who, 'read')).toThrow(expect.objectContaining({ name: 'DeniedError', status: 401 }));
      }
      const refusal: unknown = await kit.gate.current(req).catch((error: unknown) => error);
      seen.push(refusal instanceof DeniedError && refusal.denial.code);
      res.json({});
    });
    await request(app).get('/').set('x-api-key', key.text).expect(200);
    expect(seen).toEqual([true, false, expect.anything(), true, true, true, 'ERR_KEY_INVALID']);
  });
});

describe('the clocks, for a caller in the cache', () => {
  const reads = async (between: RequestHandler) => {
    let count = 0;
    const monotonic = () => {
      count += 1;
      return performance.now();
    };
    const own = await testGate({ clock: { wall: () => Date.now(), monotonic } });
    const { text } = await own.key({ permissions: ['dr.list'] });
    const app = express();
    const counts: number[] = [];
    app.use((_req, _res, next) => {
      count = 0;
      next();
    });
    app.use(own.gate.authenticate(), between, own.gate.requirePermissions('dr.list'));
    app.use((_req, res) => {
      counts.push(count);
      res.json({});
    });
    // Many, because a process that was held up syncs first, and then reads the clocks more often.
    for (let times = 0; times < 20; times++) await request(app).get('/').set('x-api-key', text).expect(200);
    await own.close();
    return Math.min(...counts);
  };

  it('the clocks are read once by authenticate and requirePermissions for a cached caller where nothing waits between them', async () => {
    expect(await reads((_req, _res, next) => next())).toBe(1);
  });

  it('the clocks are read again by requirePermissions after a wait', async () => {
    expect(await reads((_req, _res, next) => void setImmediate(next))).toBeGreaterThan(1);
  });
});

describe('gate.identify', () => {
  const ask = async (options?: { readonly address?: string }) => {
    const outcomes: unknown[] = [];
    const app = express();
    app.use(async (req, res) => {
      try {
        const found: Principal = await kit.gate.identify(req, options);
        outcomes.push([found.ident, (await kit.gate.current(req)) === kit.gate.authOf(req)]);
      } catch (error) {
        outcomes.push(error instanceof DeniedError ? error.denial.code : error);
      }
      res.json({});
    });
    for (const _ of [1, 2]) await request(app).get('/').set('x-api-key', key.text).expect(200);
    return outcomes;
  };

  it('gate.identify finds the caller of a known address, cold and cached', async () => {
    expect(await ask({ address: '127.0.0.1' })).toEqual([
      ['caller', true],
      ['caller', true],
    ]);
    expect(await ask({ address: '127.0.0.1:4711' })).toEqual([
      ['caller', true],
      ['caller', true],
    ]);
  });

  it.each([undefined, { address: '10.0.0.1' }, { address: 'unknown' }])(
    'gate.identify refuses a key that is bound to addresses from %o',
    async (options) => {
      expect(await ask(options)).toEqual(['ERR_KEY_INVALID', 'ERR_KEY_INVALID']);
    },
  );
});
