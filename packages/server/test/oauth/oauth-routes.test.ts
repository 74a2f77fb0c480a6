import { createServiceKey } from '@flairgate/core/administration';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  done,
  expectDenied,
  expectShape,
  newKey,
  newOrganization,
  operator,
  type ServiceFixture,
  startServiceFixture,
} from '../support.js';

let bench: ServiceFixture;
let oid: string;
let service: string;

beforeEach(async () => {
  bench = await startServiceFixture({ rateLimit: { limit: 2 } });
  oid = await newOrganization(bench);
  const mayExchange = [{ audience: 'next', permissions: ['dr.list'] }];
  const input = { name: 'rules', organizations: 'all' as const, mayExchange };
  service = (await done(createServiceKey(bench.administration, operator, input))).text;
});

afterEach(() => bench.close());

describe('the routes for services', () => {
  it('the routes for services answer in the shapes the table says', async () => {
    const key = await newKey(bench, oid);
    const { http } = bench;
    const ask = (token: string) =>
      http.post('/oauth/introspect').set('x-api-key', service).type('form').send({ token }).expect(200);
    for (const token of [key.text, 'nobody']) {
      expectShape(bench, 'POST', '/oauth/introspect', (await ask(token)).body);
    }
    const exchanged = await http
      .post('/oauth/token')
      .set('x-api-key', service)
      .send({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: key.text,
        subject_token_type: 'urn:flairgate:params:oauth:token-type:api-key',
        audience: 'next',
      })
      .expect(200);
    expectShape(bench, 'POST', '/oauth/token', exchanged.body);
    expect(exchanged.headers['cache-control']).toMatch(/no-store/);
    const changes = await http.get('/v1/changes').set('x-api-key', service).expect(200);
    expectShape(bench, 'GET', '/v1/changes', changes.body);
  });

  it('the routes for services are under no call limit', async () => {
    for (let calls = 0; calls < 5; calls += 1) {
      await bench.http.get('/v1/changes').set('x-api-key', service).expect(200);
    }
  });

  it('the routes for services are closed to every other caller, each in its own form', async () => {
    const key = await newKey(bench, oid);
    const token = (await bench.http.post('/jwt').type('form').send({ oid, secret: key.text }).expect(200)).body.jwt;
    for (const headers of [
      {},
      { 'x-api-key': key.text },
      { authorization: `Bearer ${token}` },
      { 'x-api-key': 'no' },
    ]) {
      const asked = await bench.http.post('/oauth/introspect').set(headers).type('form').send({ token: key.text });
      expect(asked.status).toBe(401);
      expect(asked.body).toEqual({ error: 'invalid_client', error_description: expect.any(String) });
      expect(asked.headers['www-authenticate']).toMatch(/^Bearer /);
      expect(asked.headers['cache-control']).toMatch(/no-store/);
      const changes = await bench.http.get('/v1/changes').set(headers);
      expectDenied(
        changes,
        401,
        'x-api-key' in headers || 'authorization' in headers ? 'ERR_KEY_INVALID' : 'ERR_CREDENTIAL_MISSING',
      );
    }
    const twice = await bench.http
      .post('/oauth/introspect')
      .set({ 'x-api-key': service, authorization: `Bearer ${token}` })
      .expect(400);
    expect(twice.body.error).toBe('invalid_request');
  });

  it('a service key is refused on routes that are not for services', async () => {
    expectDenied(await bench.http.get(`/v1/orgs/${oid}/keys`).set('x-api-key', service), 401, 'ERR_KEY_INVALID');
  });

  it.each([
    ['no token', 'POST', '/oauth/introspect', {}, 400],
    ['a token twice', 'POST', '/oauth/introspect', { token: ['a', 'b'] }, 400],
    ['another method', 'GET', '/oauth/introspect', {}, 405],
  ])('the routes for services refuse %s in the form of RFC 6749', async (_what, method, path, body, status) => {
    const request = method === 'GET' ? bench.http.get(path) : bench.http.post(path).send(body);
    const response = await request.set('x-api-key', service);
    expect([response.status, response.body]).toEqual([
      status,
      { error: 'invalid_request', error_description: expect.any(String) },
    ]);
  });

  it('the routes for services leave their refusals in the audit, counted, with who asked and without what was sent', async () => {
    const { http } = bench;
    const key = await newKey(bench, oid);
    const exchange = (fields: object) => http.post('/oauth/token').set('x-api-key', service).send(fields);
    const form = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: key.text,
      subject_token_type: 'urn:flairgate:params:oauth:token-type:api-key',
    };
    await exchange({ ...form, audience: 'elsewhere' }).expect(400);
    await exchange({ ...form, audience: 'elsewhere' }).expect(400);
    await exchange({ ...form, audience: 'next', subject_token: 'nobody' }).expect(400);
    await http.post('/oauth/introspect').set('x-api-key', service).send({}).expect(400);
    await http.post('/oauth/introspect').set('x-api-key', 'nobody').send({ token: key.text }).expect(401);
    await http.post('/oauth/introspect').set('x-api-key', key.text).send({ token: key.text }).expect(401);
    const rows = await bench.refusals();
    const told = rows.map(({ actorName, oid: of, target, details }) => [actorName, of, target, details]);
    const invalid = { code: 'ERR_VALIDATION', count: 1 };
    expect(told).toEqual([
      [
        'rules',
        null,
        'POST /oauth/token',
        { ...invalid, reason: 'this service cannot call that audience for others', count: 2 },
      ],
      ['rules', null, 'POST /oauth/token', { ...invalid, reason: 'subject token: key unknown' }],
      ['rules', null, 'POST /oauth/introspect', { ...invalid, reason: expect.any(String) }],
      [
        'manager',
        oid,
        'POST /oauth/introspect',
        { code: 'ERR_KEY_INVALID', reason: 'organization-key is not accepted here', count: 1 },
      ],
    ]);
    expect(JSON.stringify(rows)).not.toContain(key.text.slice(13));
  });

  it.each(['after=-1', 'after=x', 'wait=-1', 'after=1&after=2'])('GET /v1/changes refuses %s', async (query) => {
    expectDenied(await bench.http.get(`/v1/changes?${query}`).set('x-api-key', service), 400, 'ERR_VALIDATION');
  });
});
