import { createServiceKey } from '@flairgate/core/administration';
import { createService } from '@flairgate/server';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  claimsOf,
  done,
  expectDenied,
  expectShape,
  issuer,
  newKey,
  newOrganization,
  operator,
  type ServiceFixture,
  startServiceFixture,
  tokenFor,
} from '../support.js';

const MCP = 'https://mcp.example/mcp';
const OTHER = 'https://other.example';
const EXCHANGE = {
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token_type: 'urn:flairgate:params:oauth:token-type:api-key',
};

describe('tokens for a protected resource', () => {
  let fixture: ServiceFixture;
  let oid: string;
  let secret: string;
  let service: string;

  beforeAll(async () => {
    fixture = await startServiceFixture({ resources: [MCP, OTHER] });
    oid = await newOrganization(fixture);
    secret = (await newKey(fixture, oid, { permissions: ['dr.list'] })).text;
    const mayExchange = [{ audience: OTHER, permissions: ['dr.list'] }];
    const input = { name: MCP, organizations: 'all' as const, mayExchange };
    service = (await done(createServiceKey(fixture.administration, operator, input))).text;
  });
  afterAll(() => fixture.close());

  const tokenOf = (resource?: string) =>
    tokenFor(fixture, { oid, secret, ...(resource === undefined ? {} : { resource }) });

  it('POST /jwt gives a token for just the resource that is asked for', async () => {
    expect(claimsOf(await tokenOf(MCP)).aud).toBe(MCP);
    expect(claimsOf(await tokenOf(OTHER)).aud).toBe(OTHER);
    expect(claimsOf(await tokenOf()).aud).toBe('flairgate');
  });

  it('POST /jwt takes a resource as clients write it, and the service itself as its own audience', async () => {
    expect(claimsOf(await tokenOf('HTTPS://MCP.example/mcp')).aud).toBe(MCP);
    expect(claimsOf(await tokenOf(`${OTHER}/`)).aud).toBe(OTHER);
    expect(claimsOf(await tokenOf(`${issuer}/`)).aud).toBe('flairgate');
  });

  it.each(['https://unknown.example', `${MCP}/x`, `${MCP}#x`, 'mcp', `${MCP}?x`])(
    'POST /jwt answers the unknown resource %s with invalid_target, for good and for wrong keys',
    async (resource) => {
      const answers = [
        await fixture.http.post('/jwt').type('form').send({ oid, secret, resource }),
        await fixture.http.post('/jwt').type('form').send({ oid, secret: 'no-such-key-anywhere', resource }),
      ];
      for (const answer of answers) {
        expectDenied(answer, 400, 'ERR_VALIDATION');
        expect(answer.body.error).toMatch(/^invalid_target: /);
      }
      expect(answers[0]?.text).toBe(answers[1]?.text);
    },
  );

  it('a token for a resource is not valid at the service', async () => {
    const answer = await fixture.http.get('/v1/who').auth(await tokenOf(MCP), { type: 'bearer' });
    expectDenied(answer, 401, 'ERR_TOKEN_INVALID');
    await fixture.http
      .get('/v1/who')
      .auth(await tokenOf(), { type: 'bearer' })
      .expect(200);
  });

  it('a token for a resource is valid behind the challenge of that resource alone', async () => {
    const { gate } = fixture.service;
    const resource = (name: string, audience: 'either' | 'resource') =>
      gate.protectedResource({ resource: name, authorizationServers: [issuer], audience }).challenge;
    const app = express();
    const answer: express.RequestHandler = (_req, res) => void res.json({});
    app.get('/mcp', resource(MCP, 'either'), gate.authenticate(), answer);
    app.get('/strict', resource(MCP, 'resource'), gate.authenticate(), answer);
    app.get('/other', resource(OTHER, 'either'), gate.authenticate(), answer);
    app.get('/plain', gate.authenticate(), answer);
    app.get('/identify', async (req, res) => res.json({ kind: (await gate.identify(req)).kind }));
    app.use(gate.errorHandler());
    const tokens = { mcp: await tokenOf(MCP), other: await tokenOf(OTHER), gate: await tokenOf() };
    const statuses = async (bearer: string) => {
      const found: number[] = [];
      // Twice: the second time the token is in the cache.
      for (const path of ['/mcp', '/strict', '/other', '/plain', '/identify', '/mcp', '/strict', '/other', '/plain']) {
        found.push((await request(app).get(path).auth(bearer, { type: 'bearer' })).status);
      }
      return found;
    };
    expect(await statuses(tokens.mcp)).toEqual([200, 200, 401, 401, 401, 200, 200, 401, 401]);
    expect(await statuses(tokens.other)).toEqual([401, 401, 200, 401, 401, 401, 401, 200, 401]);
    expect(await statuses(tokens.gate)).toEqual([200, 401, 200, 200, 200, 200, 401, 200, 200]);
    const elsewhere = await request(app).get('/other').auth(tokens.mcp, { type: 'bearer' });
    expect(elsewhere.headers['www-authenticate']).toMatch(/error="invalid_token"$/);
    expect(elsewhere.body.detail).toBe('the token is not valid');
    await request(app).get('/strict').set('x-api-key', secret).expect(200);
  });

  it('POST /oauth/token takes resource instead of audience, and answers an unknown one with invalid_target', async () => {
    const ask = (fields: Record<string, string>) =>
      fixture.http
        .post('/oauth/token')
        .set('x-api-key', service)
        .type('form')
        .send({ ...EXCHANGE, subject_token: secret, ...fields });
    const given = await ask({ resource: OTHER }).expect(200);
    expect(claimsOf(given.body.access_token)).toMatchObject({ aud: OTHER, act: { sub: expect.any(String) } });
    await ask({ resource: OTHER, audience: OTHER }).expect(200);
    for (const fields of [{ resource: 'https://unknown.example' }, { resource: OTHER, audience: 'flairgate' }]) {
      const refused = await ask(fields).expect(400);
      expect(refused.body.error).toBe('invalid_target');
    }
    const neither = await ask({}).expect(400);
    expect(neither.body).toEqual({ error: 'invalid_request', error_description: 'audience or resource is required' });
  });

  it('POST /oauth/token takes a token for the resource by whose name the service key is called', async () => {
    const ask = (subject_token: string) =>
      fixture.http.post('/oauth/token').set('x-api-key', service).type('form').send({
        grant_type: EXCHANGE.grant_type,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        subject_token,
        resource: OTHER,
      });
    await ask(await tokenOf(MCP)).expect(200);
    await ask(await tokenOf(OTHER)).expect(400);
  });

  it('the service publishes its resources, and itself as one', async () => {
    const server = await fixture.http.get('/.well-known/oauth-authorization-server').expect(200);
    expect(server.body.protected_resources).toEqual([MCP, OTHER]);
    expectShape(fixture, 'GET', '/.well-known/oauth-authorization-server', server.body);
    const own = await fixture.http.get('/.well-known/oauth-protected-resource').set('Host', 'evil.example').expect(200);
    expect(own.headers['access-control-allow-origin']).toBe('*');
    expect(own.body).toMatchObject({
      resource: issuer,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
    });
    expect(own.body.scopes_supported).toContain('dr.list');
    expectShape(fixture, 'GET', '/.well-known/oauth-protected-resource', own.body);
  });

  it.each([
    ['text', MCP],
    ['no address', ['mcp']],
    ['a fragment', [`${MCP}#x`]],
    ['a number', [1]],
  ])('createService throws for resources that are %s', async (_, resources) => {
    const { store } = fixture.administration;
    const options = { store, issuer, audience: 'flairgate', resources: resources as string[] };
    await expect(createService(options)).rejects.toThrow(/^resources: must be a list of addresses/);
  });
});
