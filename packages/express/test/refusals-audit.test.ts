import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { DeniedError, deny, memoryStore, respond } from '@flairgate/core';
import type { Store } from '@flairgate/core/store';
import type { DeniedEvent, FaultEvent } from '@flairgate/express';
import { type TestGate, testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guardedApp } from './guard/guarded-app.js';

describe('the audit of refusals', () => {
  let kit: TestGate;
  let store: Store;
  beforeEach(async () => {
    store = await memoryStore();
    kit = await testGate({ store });
  });
  afterEach(() => kit.close());

  const refusals = () => store.read((tx) => tx.find('audit', { outcome: 'refused' }));

  it('the audit of refusals has the very explanation of gate.explain, which the channel tells and the caller does not see', async () => {
    const rules = kit.gate.resources({ type: 'rule', content: ['data'] });
    const row = { id: 'r1', oid: kit.oid, created_by: null, locked_by: 'somebody', secret_to: null, data: 1 };
    const seen: { explained?: object; refused?: object } = {};
    const app = express();
    app.use(kit.gate.authenticate());
    app.put('/rules/:id', (req) => {
      seen.explained = kit.gate.explain(req.auth, 'update', { rules, row });
      throw new DeniedError(rules.refusal(req.auth, row, 'update'));
    });
    app.use(kit.gate.errorHandler());
    const events: DeniedEvent[] = [];
    const listen = (event: unknown) => void events.push(event as DeniedEvent);
    subscribe('flairgate:denied', listen);
    const key = await kit.key();
    const answer = await request(app).put('/rules/r1?token=hush').set('x-api-key', key.text);
    unsubscribe('flairgate:denied', listen);
    const plain = { detail: 'the resource is locked by somebody', members: { lockedBy: 'somebody' } };
    const bare = respond({ allowed: false, code: 'ERR_RESOURCE_LOCKED', reason: '', ...plain });
    expect(answer.text).toBe(JSON.stringify(bare.body));
    expect(answer.status).toBe(403);
    await kit.gate.close();
    const [written, ...more] = await refusals();
    expect(more).toEqual([]);
    expect(written).toMatchObject({ oid: kit.oid, target: 'PUT /rules/:id', details: { count: 1 } });
    expect(written?.details.explanation).toEqual(seen.explained);
    expect(seen.explained).toMatchObject({ rule: 'locked', holder: 'somebody', id: 'r1' });
    expect(events.map(({ explanation }) => explanation)).toEqual([seen.explained]);
  });

  it('a refusal that cannot be written to the audit because the store is gone lets the gate close, and is told as a fault', async () => {
    const app = express();
    app.use(kit.gate.authenticate(), kit.gate.requirePermissions('dr.list'));
    const key = await kit.key();
    await request(app).get('/').set('x-api-key', key.text).expect(401);
    await store.close();
    const faults: FaultEvent[] = [];
    const listen = (event: unknown) => void faults.push(event as FaultEvent);
    subscribe('flairgate:fault', listen);
    await kit.gate.close();
    unsubscribe('flairgate:fault', listen);
    const fault = expect.objectContaining({ error: expect.objectContaining({ name: 'UnavailableError' }) });
    // One of the audit, one of the usage that was counted.
    expect(faults).toEqual([fault, fault]);
  });

  it('the audit of refusals has no row for anonymous callers and wrong keys', async () => {
    const app = express();
    app.use(kit.gate.authenticate());
    await request(app).get('/').expect(401);
    await request(app)
      .get('/')
      .set('x-api-key', `fg_${'0'.repeat(43)}`)
      .expect(401);
    await request(app).get('/').set('x-api-key', '00000000-0000-4000-8000-000000000000').expect(401);
    await kit.gate.close();
    expect(await refusals()).toEqual([]);
  });

  it('the audit of refusals has a good credential that the route does not take, and one that the host answers itself', async () => {
    const app = express();
    app.post('/ingest', kit.gate.authenticate({ accept: ['ingestion-key'] }));
    app.get('/own', kit.gate.authenticate(), (req, res) => {
      kit.gate.publishDenied(req, deny('ERR_VALIDATION', { reason: 'no tea' }));
      res.status(418).json({});
    });
    app.use(kit.gate.authenticate());
    const [ingestion, key] = [await kit.ingestionKey({ name: 'pushes' }), await kit.key({ name: 'laptop' })];
    await request(app).get('/').set('x-api-key', ingestion.text).expect(401);
    await request(app).post('/ingest').set('x-api-key', key.text).expect(401);
    await request(app).get('/own').set('x-api-key', key.text).expect(418);
    await kit.gate.close();
    const rows = (await refusals()).map(({ actorName, oid, target, details }) => [actorName, oid, target, details]);
    expect(rows).toEqual([
      ['pushes', kit.oid, 'GET /', expect.objectContaining({ reason: 'ingestion-key is not accepted here' })],
      ['laptop', kit.oid, 'POST /ingest', expect.objectContaining({ reason: 'organization-key is not accepted here' })],
      ['laptop', kit.oid, 'GET /own', { code: 'ERR_VALIDATION', reason: 'no tea', count: 1 }],
    ]);
  });

  it('the audit of refusals names no value of a path', async () => {
    const app = express();
    app.use('/of/:secret/:other', kit.gate.authenticate(), kit.gate.requirePermissions('dr.list'));
    const key = await kit.key();
    await request(app).get('/of/hush%20hush/there?more=hush').set('x-api-key', key.text).expect(401);
    await kit.gate.close();
    expect((await refusals()).map(({ target }) => target)).toEqual(['GET /of/:secret/:other']);
  });

  it.each([
    ['a route beside the handler', '/api', (app, router) => app.get('/api/of/:id', router)],
    ['a route of a router', '/api', (app, router) => app.use('/api', express.Router().get('/of/:id', router))],
    ['a handler under two paths', '/api/of', (app, router) => app.use('/api', express.Router().get('/of/:id', router))],
    [
      'a handler with a parameter',
      '/:part',
      (app, router) => app.use('/:part', express.Router().get('/of/:id', router)),
    ],
  ] satisfies [string, string, (app: express.Express, handler: express.RequestHandler) => void][])(
    'the audit of refusals names the path of %s once',
    async (_, handlerPath, mount) => {
      const app = express();
      app.use(kit.gate.authenticate());
      mount(app, () => {
        throw new DeniedError(deny('ERR_NOT_FOUND'));
      });
      app.use(handlerPath, kit.gate.errorHandler());
      const key = await kit.key();
      await request(app).get('/api/of/r1?path=/api/of').set('x-api-key', key.text).expect(404);
      await kit.gate.close();
      const target = handlerPath.startsWith('/:') ? 'GET /:part/of/:id' : 'GET /api/of/:id';
      expect((await refusals()).map((row) => row.target)).toEqual([target]);
    },
  );

  it('the audit of refusals explains what the guard refused in the same shape', async () => {
    const guarded = await guardedApp({ gate: { store: await memoryStore() } });
    const { ask } = guarded;
    const lock = await guarded.kit.key({ name: 'keeper[lock][secret]' });
    const segment = await guarded.kit.key({ name: 'a[segment]' });
    const plain = await guarded.kit.key({ name: 'plain' });
    expect((await ask(lock, 'POST', '/rules', { id: 'r1', name: 'n', data: 1 })).status).toBe(201);
    expect((await ask(plain, 'PUT', '/rules/r1', { name: 'm', data: 2 })).status).toBe(403);
    expect((await ask(segment, 'GET', '/rules/r1')).status).toBe(404);
    expect((await ask(segment, 'DELETE', '/rules/r1')).status).toBe(404);
    expect((await ask(segment, 'GET', '/rules/none')).status).toBe(404);
    await guarded.kit.gate.close();
    const rows = await guarded.kit.store.read((tx) => tx.find('audit', { outcome: 'refused' }));
    const base = { type: 'rule', id: 'r1', identity: expect.any(String), allowed: false };
    const changes = expect.any(Array);
    const locked = { rule: 'locked', because: 'another key holds the lock', changes, holder: expect.any(String) };
    const because = 'the caller has `segment` and did not create the resource';
    const hidden = { rule: 'hidden', because, changes };
    expect(rows.map(({ target, details }) => [target, details.explanation])).toEqual([
      ['PUT /rules', { ...base, action: 'update', ...locked }],
      ['GET /rules/:id', { ...base, action: 'read', ...hidden }],
      ['DELETE /rules', { ...base, action: 'delete', ...hidden }],
      ['GET /rules/:id', undefined],
    ]);
    await guarded.close();
  });
});
