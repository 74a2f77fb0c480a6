import { type TestGate, testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let kit: TestGate;

beforeEach(async () => {
  kit = await testGate();
});
afterEach(() => kit.close());

const named = (req: express.Request) => req.params.oid;

describe('an organization whose id a program wrote in capitals', () => {
  it('an organization whose id a program wrote in capitals is the organization of a requirement and of req.auth.in', async () => {
    const key = await kit.key({ permissions: ['dr.list'] });
    const app = express();
    app.use(kit.gate.authenticate());
    app.get('/orgs/:oid/rules', kit.gate.requirePermissions('dr.list', { organization: named }), (req, res) => {
      res.json({ oid: kit.gate.authOf(req).in(String(req.params.oid))?.oid ?? null });
    });
    app.use(kit.gate.errorHandler());
    const call = (oid: string) => request(app).get(`/orgs/${oid}/rules`).set('x-api-key', key.text);
    await call(kit.oid.toUpperCase()).expect(200, { oid: kit.oid });
    await call(kit.oid).expect(200, { oid: kit.oid });
    const other = await kit.organization();
    await call(other.toUpperCase()).expect(401);
  });

  it('an organization whose id a program wrote in capitals has the same call limit', async () => {
    const uid = await kit.user({ permissions: { [kit.oid]: ['dr.list'] } });
    const key = await kit.userKey({ uid });
    const app = express();
    app.use(kit.gate.authenticate());
    app.get('/orgs/:oid', kit.gate.rateLimit({ by: 'organization', limit: 2, organization: named }), (_req, res) => {
      res.json({});
    });
    app.use(kit.gate.errorHandler());
    const statuses: number[] = [];
    for (const oid of [kit.oid, kit.oid.toUpperCase(), kit.oid]) {
      statuses.push((await request(app).get(`/orgs/${oid}`).set('x-api-key', key.text)).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
  });

  it('an organization whose id a program wrote in capitals has the same resources behind a guard', async () => {
    const key = await kit.key({ permissions: ['dr.list'] });
    const rows = new Map<string, object>();
    const router = express.Router();
    router.get('/:id', (req, res) => void res.json(rows.get(req.params.id)));
    router.put('/:id', (req, res) => {
      rows.set(req.params.id, { id: req.params.id, data: 1 });
      res.json(rows.get(req.params.id));
    });
    const guard = kit.gate.guard({
      type: 'rule',
      tenancy: 'routed',
      content: ['data'],
      organization: named,
      load: async (_req, id) => rows.get(id),
      routes: { 'GET /:id': 'read', 'PUT /:id': 'upsert' },
    });
    const app = express();
    app.use(kit.gate.authenticate(), express.json());
    app.use('/orgs/:oid/rules', guard, router);
    app.use(kit.gate.errorHandler());
    const at = (oid: string) => `/orgs/${oid}/rules/r1`;
    const written = { id: 'r1', data: 1 };
    await request(app).put(at(kit.oid.toUpperCase())).set('x-api-key', key.text).send(written).expect(200, written);
    await request(app).get(at(kit.oid)).set('x-api-key', key.text).expect(200, written);
  });
});
