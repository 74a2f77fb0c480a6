import { limeCatalogue } from '@flairgate/core';
import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express, { type ErrorRequestHandler } from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, type Served, serve } from './support.js';

const MISSING = { status: 401, code: 'ERR_PERMISSION_MISSING', challenge: 'insufficient_scope' } as const;
const ORGANIZATION = { status: 400, code: 'ERR_ORGANIZATION_REQUIRED' } as const;

describe('requirePermissions', () => {
  let kit: TestGate;
  let lister: TestKey;
  let other: string;
  let served: Served;

  const get = (path: string, key: TestKey) => request(served.url).get(path).set('x-api-key', key.text);

  beforeAll(async () => {
    kit = await testGate({ failureLimit: { limit: 0 } });
    other = await kit.organization();
    lister = await kit.key({ permissions: ['dr.list', 'output.*'] });
    const { gate } = kit;
    const app = express();
    app.use(gate.authenticate());
    app.get('/list', gate.requirePermissions('dr.list'), (_req, res) => void res.json({}));
    app.get('/write', gate.requirePermissions('dr.set', 'dr.list', 'dr.del'), (_req, res) => void res.json({}));
    app.get('/any', gate.requireAnyPermission('dr.set', 'dr.list'), (_req, res) => void res.json({}));
    app.get('/any-refused', gate.requireAnyPermission('dr.set', 'dr.del'), (_req, res) => void res.json({}));
    app.get('/family', gate.requirePermissions('output.*'), (_req, res) => void res.json({}));
    app.get('/query', gate.requirePermissions('dr.list', { organization: (req) => req.query.oid }), (_req, res) => {
      res.json({});
    });
    const nested = express.Router({ mergeParams: true });
    nested.get('/rules', gate.requirePermissions('dr.list', { organization: (req) => req.params.oid }), (req, res) => {
      res.json({ oid: Reflect.get(req.params, 'oid') });
    });
    app.use('/orgs/:oid', nested);
    app.post('/orgs', gate.requireUser('create an organization'), (_req, res) => void res.json({}));
    served = await serve(app);
  });
  afterAll(async () => {
    await served.close();
    await kit.close();
  });

  it('requirePermissions lets a caller with all permissions through', async () => {
    await get('/list', lister).expect(200);
  });

  it('requirePermissions names exactly the missing permissions, in the required order', async () => {
    const answer = await get('/write', lister);
    expectRefusal(answer, { ...MISSING, detail: /^missing permission: dr\.set, dr\.del$/ });
    expect(answer.body.missing).toEqual(['dr.set', 'dr.del']);
    expect(answer.headers['www-authenticate']).toContain('scope="dr.set dr.del"');
  });

  it('requireAnyPermission lets a caller with one of several permissions through', async () => {
    await get('/any', lister).expect(200);
    expect((await get('/any-refused', lister)).body.missing).toEqual(['dr.set', 'dr.del']);
  });

  it('requirePermissions expands a family of the requirement to everything in the catalogue', async () => {
    await get('/family', lister).expect(200);
    const partly = await kit.key({ permissions: ['output.list'] });
    const answer = await get('/family', partly);
    expectRefusal(answer, MISSING);
    expect(answer.body.missing).not.toContain('output.list');
    expect(answer.body.missing).toContain('output.set');
  });

  it('requirePermissions grants a token what its key has', async () => {
    const jwt = await kit.token(lister);
    await request(served.url).get('/list').auth(jwt, { type: 'bearer' }).expect(200);
    expectRefusal(await request(served.url).get('/write').auth(jwt, { type: 'bearer' }), MISSING);
  });

  it('requirePermissions answers another organization, and one that is not there, as a missing permission', async () => {
    await get(`/orgs/${kit.oid}/rules`, lister).expect(200);
    const foreign = await get(`/orgs/${other}/rules`, lister);
    expectRefusal(foreign, {
      ...MISSING,
      detail: /^missing permission: dr\.list; the credential gives no access to this organization$/,
    });
    expect(foreign.body.missing).toEqual(['dr.list']);
    for (const oid of ['00000000-0000-4000-8000-000000000000', 'x', '__proto__', 'constructor']) {
      const answer = await get(`/orgs/${oid}/rules`, lister);
      expect(answer.body, oid).toEqual(foreign.body);
      expect(answer.headers['www-authenticate']).toBe(foreign.headers['www-authenticate']);
    }
  });

  it('requirePermissions requires a caller of several organizations to name one, and checks that one', async () => {
    const uid = await kit.user({ permissions: { [kit.oid]: ['dr.list'], [other]: [] } });
    const key = await kit.userKey({ uid });
    expectRefusal(await get('/list', key), ORGANIZATION);
    expectRefusal(await get('/query', key), ORGANIZATION);
    await get(`/query?oid=${kit.oid}`, key).expect(200);
    expectRefusal(await get(`/query?oid=${other}`, key), MISSING);
  });

  it('requirePermissions refuses an organization that is not one text, even from a caller of one', async () => {
    await get('/query', lister).expect(200);
    for (const query of [`oid=${kit.oid}&oid=${other}`, 'oid=', `oid[]=${kit.oid}`]) {
      const answer = await get(`/query?${query}`, lister);
      if (query.startsWith('oid[')) expect([200, 400]).toContain(answer.status);
      else expectRefusal(answer, ORGANIZATION);
    }
  });

  it('requirePermissions refuses a caller of no organization', async () => {
    const uid = await kit.user();
    expectRefusal(await get('/list', await kit.userKey({ uid })), MISSING);
  });

  it('requireUser refuses a key that is not of a user, and lets a user through', async () => {
    const only = { ...MISSING, code: 'ERR_USER_REQUIRED', detail: /^only a user can create an organization$/ };
    expectRefusal(await request(served.url).post('/orgs').set('x-api-key', lister.text), only);
    const uid = await kit.user();
    const key = await kit.userKey({ uid });
    await request(served.url).post('/orgs').set('x-api-key', key.text).expect(200);
    const jwt = await kit.token(key, { uid });
    await request(served.url).post('/orgs').auth(jwt, { type: 'bearer' }).expect(200);
  });

  it('requirePermissions answers a missing permission 403 if the option says so', async () => {
    const own = await testGate({ missingPermissionStatus: 403 });
    const app = express();
    app.use(own.gate.authenticate());
    app.get('/', own.gate.requirePermissions('dr.list'), (_req, res) => void res.json({}));
    const key = await own.key();
    expectRefusal(await request(app).get('/').set('x-api-key', key.text), { ...MISSING, status: 403 });
    expect((await request(app).get('/')).status).toBe(401);
    await own.close();
  });

  it('requirePermissions refuses an anonymous caller behind an optional authenticate as one without a credential', async () => {
    const app = express();
    app.use(kit.gate.authenticate({ optional: true }));
    app.get('/', kit.gate.requirePermissions('dr.list'), (_req, res) => void res.json({}));
    const missing = { status: 401, code: 'ERR_CREDENTIAL_MISSING', challenge: null };
    expectRefusal(await request(app).get('/'), missing);
  });

  it('requirePermissions lets no caller through a route without authenticate, and says what to mount', async () => {
    const errors: unknown[] = [];
    const keep: ErrorRequestHandler = (error, _req, res, _next) => {
      errors.push(error);
      res.status(500).json({});
    };
    const app = express();
    app.get('/', kit.gate.requirePermissions('dr.list'), (_req, res) => void res.json({}));
    app.use(keep);
    await request(app).get('/').set('x-api-key', lister.text).expect(500);
    expect(String(errors)).toContain('gate.authenticate()');
  });

  it('requirePermissions stops at start for nothing, an unknown name, an empty family and an unknown option', async () => {
    const { gate } = kit;
    expect(() => gate.requirePermissions()).toThrow(/at least one/);
    expect(() => gate.requireAnyPermission()).toThrow(/at least one/);
    expect(() => gate.requirePermissions('dr.lst')).toThrow(/'dr\.list'/);
    expect(() => gate.requirePermissions('nothing.*')).toThrow(/nothing\.\*/);
    expect(() => gate.requirePermissions('*')).toThrow();
    // @ts-expect-error not an option
    expect(() => gate.requirePermissions('dr.list', { organisation: () => '' })).toThrow(/`organization`/);
    // @ts-expect-error not a function
    expect(() => gate.requirePermissions('dr.list', { organization: 'x' })).toThrow(/function/);
    // @ts-expect-error not a list
    expect(() => gate.requirePermissions(['dr.list'])).toThrow(/separate texts/);
    // @ts-expect-error options come last
    expect(() => gate.requirePermissions({}, 'dr.list')).toThrow(/options/);
    expect(() => gate.requireUser('')).toThrow(/only a user/);
    const lime = await testGate({ catalogue: limeCatalogue });
    expect(() => lime.gate.requirePermissions('dr.list')).toThrow(/unknown permission/);
    await lime.close();
  });
});
