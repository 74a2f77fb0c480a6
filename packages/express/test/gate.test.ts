import { memoryStore } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import { createGate, type GateOptions } from '@flairgate/express';
import { type TestGate, testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { raw, serve, whoami } from './support.js';

describe('createGate', () => {
  let store: Store;
  beforeAll(async () => {
    store = await memoryStore();
  });
  afterAll(() => store.close());

  it.each<[object, RegExp]>([
    [{ store: undefined }, /store: must be an opened store/],
    [{ store: {} }, /store: must be an opened store/],
    [{ store: Promise.resolve({}) }, /store: must be an opened store, not a promise/],
    [{ missingPermissionStaus: 403 }, /`missingPermissionStatus`/],
    [{ maxStaleness: 5 }, /`maxStalenessSeconds`/],
    [{ missingPermissionStatus: 404 }, /401, 403/],
    [{ userProperty: 'headers' }, /userProperty/],
    [{ userProperty: 'auth' }, /userProperty/],
    [{ userProperty: '__proto__' }, /userProperty/],
    [{ userProperty: 'destroy' }, /userProperty/],
    [{ userProperty: '' }, /userProperty/],
    [{ preflight: 'yes' }, /preflight/],
    [{ maxStalenessSeconds: 0 }, /maxStalenessSeconds/],
    [{ rateLimit: { limit: 0 } }, /rateLimit\.limit/],
    [{ rateLimit: { name: 'x' } }, /rateLimit/],
    [{ tokens: { issuer: 'i' } }, /^tokens\.audience: must be given/],
    [{ tokens: { issuer: 'i', audience: 'a', secret: 'short' } }, /^tokens\.secret: must have at least 32/],
  ])('createGate stops at start for %j and says what to write', (options, message) => {
    expect(() => createGate({ store, ...options } as GateOptions)).toThrow(message);
    expect(() => createGate({ store, ...options } as GateOptions)).toThrow(
      expect.objectContaining({ name: 'OptionError' }),
    );
  });

  it('createGate stops at start without options', () => {
    // @ts-expect-error a store is needed
    expect(() => createGate()).toThrow(/store/);
    // @ts-expect-error a store is needed
    expect(() => createGate(null)).toThrow(/store/);
  });

  it('createGate creates a gate that cannot be changed', async () => {
    const gate = createGate({ store });
    expect(Object.isFrozen(gate)).toBe(true);
    expect(() => Object.assign(gate, { authenticate: () => undefined })).toThrow(TypeError);
    await gate.close();
  });

  it('createGate refuses every bearer token where no issuer is given', async () => {
    const gate = createGate({ store });
    const app = express();
    app.use(gate.authenticate());
    app.get('/', whoami);
    expect((await request(app).get('/').auth('a.b.c', { type: 'bearer' })).body.code).toBe('ERR_TOKEN_INVALID');
    await gate.close();
  });
});

describe('gate', () => {
  let kit: TestGate;
  beforeAll(async () => {
    kit = await testGate({ preflight: true });
  });
  afterAll(() => kit.close());

  it('gate.resources and gate.explain decide for req.auth as core does', async () => {
    const rules = kit.gate.resources({ type: 'rule', content: ['data'] });
    const rows = [
      { id: 'mine', oid: kit.oid, created_by: null, locked_by: null, secret_to: null, data: 1 },
      { id: 'hidden', oid: 'elsewhere', created_by: null, locked_by: null, secret_to: null, data: 2 },
    ];
    const app = express();
    app.use(kit.gate.authenticate());
    app.get('/', (req, res) => void res.json(rules.view(req.auth, rows)));
    app.get('/why', (req, res) => void res.json(kit.gate.explain(req.auth, 'update', { rules, row: rows[1] })));
    const key = await kit.key();
    const listed = await request(app).get('/').set('x-api-key', key.text);
    expect(listed.body).toEqual([{ id: 'mine', oid: kit.oid, data: 1 }]);
    const why = await request(app).get('/why').set('x-api-key', key.text);
    expect(why.body).toMatchObject({ allowed: false, rule: 'hidden', action: 'update', id: 'hidden' });
  });

  it('a gate with the option preflight answers CORS preflights, and nothing else without a credential', async () => {
    let handled = 0;
    const app = express();
    app.use(kit.gate.authenticate());
    app.all('/', (_req, res) => {
      handled += 1;
      res.json({});
    });
    const served = await serve(app);
    const page = 'Origin: https://page.test';
    const wants = 'Access-Control-Request-Method: POST';
    const asks = 'Access-Control-Request-Headers: x-api-key,mcp-session-id';
    const preflight = await raw(served.port, [page, wants, asks], { method: 'OPTIONS' });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.join('\n')).toMatch(/Access-Control-Allow-Headers: x-api-key,mcp-session-id/);
    expect((await raw(served.port, [page], { method: 'OPTIONS' })).status).toBe(401);
    expect((await raw(served.port, [wants], { method: 'OPTIONS' })).status).toBe(401);
    expect((await raw(served.port, [page, wants], { method: 'GET' })).status).toBe(401);
    expect(handled).toBe(0);
    await served.close();
  });

  it('the gate fires req.auth.signal when the credential is revoked', async () => {
    const key = await kit.key();
    const aborted = new Promise((resolve) => {
      const app = express();
      app.use(kit.gate.authenticate());
      app.get('/', (req, res) => {
        req.auth.signal.addEventListener('abort', () => resolve(true));
        res.json({});
      });
      void request(app)
        .get('/')
        .set('x-api-key', key.text)
        .then(() => kit.revoke(key));
    });
    expect(await aborted).toBe(true);
  });
});
