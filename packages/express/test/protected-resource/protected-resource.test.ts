import { DeniedError, deny } from '@flairgate/core';
import { createGate } from '@flairgate/express';
import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, type Served, serve } from '../support.js';

const RESOURCE = 'https://mcp.example/mcp';
const METADATA = 'https://mcp.example/.well-known/oauth-protected-resource/mcp';
const PATH = '/.well-known/oauth-protected-resource/mcp';
const OPTIONS = {
  resource: RESOURCE,
  authorizationServers: ['https://auth.example'],
  scopes: ['dr.list', 'mcp:tools'],
};

describe('a protected resource', () => {
  let kit: TestGate;
  let key: TestKey;
  let served: Served;

  beforeAll(async () => {
    kit = await testGate({ failureLimit: { limit: 0 }, missingPermissionStatus: 401 });
    key = await kit.key({ name: 'caller', permissions: ['dr.list'] });
    const { gate } = kit;
    const app = express();
    const { metadata, challenge } = gate.protectedResource(OPTIONS);
    const answer: express.RequestHandler = (_req, res) => void res.json({ ok: true });
    app.use(metadata);
    app.post('/mcp', challenge, gate.authenticate(), gate.requirePermissions('dr.list', 'dr.set'), answer);
    app.get('/mcp', challenge, gate.authenticate(), gate.requirePermissions('dr.list'), answer);
    app.use('/behind', challenge, gate.authenticate(), gate.requirePermissions('dr.del'), answer);
    app.use('/later', challenge, gate.authenticate());
    app.post('/later', gate.requirePermissions('fp.ctrl'), answer);
    app.get('/unknown', challenge, gate.authenticate(), answer);
    app.get('/any', challenge, gate.authenticate(), gate.requireAnyPermission('dr.set', 'dr.del'), answer);
    app.get('/user', challenge, gate.authenticate(), gate.requireUser('do this'), answer);
    app.get('/thrown', challenge, gate.authenticate(), () => {
      throw new DeniedError(deny('ERR_CREDENTIAL_MISSING'));
    });
    app.get('/elsewhere', gate.authenticate(), gate.requirePermissions('dr.set'), answer);
    app.use(gate.errorHandler());
    served = await serve(app);
  });
  afterAll(async () => {
    await served.close();
    await kit.close();
  });

  const challengeOf = async (method: 'get' | 'post', path: string, headers: Record<string, string> = {}) => {
    const answer = await request(served.url)[method](path).set(headers);
    return { status: answer.status, challenge: answer.headers['www-authenticate'], body: answer.body };
  };

  it('a protected resource publishes its metadata for every origin, at the path of the resource', async () => {
    const answer = await request(served.url).get(PATH).set('Host', 'evil.example').expect(200);
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.headers['cache-control']).toBe('public, max-age=3600');
    expect(answer.body).toEqual({
      resource: RESOURCE,
      authorization_servers: ['https://auth.example'],
      scopes_supported: ['dr.list', 'mcp:tools'],
      bearer_methods_supported: ['header'],
    });
  });

  it('a protected resource answers HEAD, preflights and a query at the metadata, and no other method', async () => {
    const head = await request(served.url).head(PATH).expect(200);
    expect(head.text ?? '').toBe('');
    await request(served.url).get(`${PATH}?x=1`).expect(200);
    const preflight = await request(served.url)
      .options(PATH)
      .set({ Origin: 'https://page.example', 'Access-Control-Request-Method': 'GET' })
      .set('Access-Control-Request-Headers', 'mcp-protocol-version')
      .expect(204);
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'mcp-protocol-version',
    });
    const posted = await request(served.url).post(PATH);
    expectRefusal(posted, { status: 405, code: 'ERR_METHOD' });
    expect(posted.headers.allow).toBe('GET, HEAD, OPTIONS');
  });

  it('a protected resource has no metadata at other paths', async () => {
    for (const path of ['/.well-known/oauth-protected-resource', `${PATH}/x`, PATH.toUpperCase()]) {
      await request(served.url).get(path).expect(404);
    }
  });

  it('a protected resource leads a caller without a credential to its metadata and the scope, without an error', async () => {
    expect(await challengeOf('post', '/mcp')).toMatchObject({
      status: 401,
      challenge: `Bearer resource_metadata="${METADATA}", scope="dr.list dr.set"`,
      body: { code: 'ERR_CREDENTIAL_MISSING' },
    });
    expect((await challengeOf('get', '/mcp')).challenge).toBe(
      `Bearer resource_metadata="${METADATA}", scope="dr.list"`,
    );
  });

  it('a protected resource finds the scope behind middleware that is mounted with use, and leaves it out where it is not known', async () => {
    const scopes = await Promise.all([
      challengeOf('get', '/behind'),
      challengeOf('post', '/behind/deeper'),
      challengeOf('post', '/later'),
      challengeOf('get', '/later'),
      challengeOf('get', '/unknown'),
      challengeOf('get', '/any'),
    ]);
    const bare = `Bearer resource_metadata="${METADATA}"`;
    expect(scopes.map(({ challenge }) => challenge)).toEqual([
      `${bare}, scope="dr.del"`,
      `${bare}, scope="dr.del"`,
      `${bare}, scope="fp.ctrl"`,
      bare,
      bare,
      bare,
    ]);
  });

  it('a protected resource says invalid_token only of a bearer token', async () => {
    const { challenge, status } = await challengeOf('get', '/mcp', { Authorization: 'Bearer a.b.c' });
    expect(status).toBe(401);
    expect(challenge).toBe(`Bearer resource_metadata="${METADATA}", scope="dr.list", error="invalid_token"`);
    const byKey = await challengeOf('get', '/mcp', { 'x-api-key': 'no-such-key-anywhere' });
    expect(byKey.body.code).toBe('ERR_KEY_INVALID');
    expect(byKey.challenge).not.toContain('error=');
    expect(byKey.challenge).toContain(`resource_metadata="${METADATA}"`);
  });

  it('a protected resource answers a missing permission 403, whatever the gate does elsewhere, with all that the route requires', async () => {
    const headers = { 'x-api-key': key.text };
    expect(await challengeOf('post', '/mcp', headers)).toMatchObject({
      status: 403,
      challenge: `Bearer resource_metadata="${METADATA}", scope="dr.list dr.set", error="insufficient_scope"`,
      body: { code: 'ERR_PERMISSION_MISSING', missing: ['dr.set'] },
    });
    expect(await challengeOf('get', '/user', headers)).toMatchObject({
      status: 403,
      body: { code: 'ERR_USER_REQUIRED' },
    });
    expect(await challengeOf('get', '/any', headers)).toMatchObject({
      status: 403,
      challenge: `Bearer resource_metadata="${METADATA}", scope="dr.set dr.del", error="insufficient_scope"`,
    });
    expect((await challengeOf('get', '/elsewhere', headers)).status).toBe(401);
    expect((await challengeOf('get', '/elsewhere')).challenge).toBe('Bearer realm="flairgate"');
  });

  it('a protected resource leads a refusal that a handler throws, and a malformed credential, to the metadata', async () => {
    const thrown = await challengeOf('get', '/thrown', { 'x-api-key': key.text });
    expect(thrown).toMatchObject({ status: 401, challenge: `Bearer resource_metadata="${METADATA}"` });
    const malformed = await challengeOf('get', '/mcp', { 'x-api-key': key.text, Authorization: 'Bearer a.b.c' });
    expect(malformed).toMatchObject({
      status: 400,
      challenge: `Bearer resource_metadata="${METADATA}", error="invalid_request"`,
    });
  });

  it('a protected resource takes API keys', async () => {
    await request(served.url).get('/mcp').set('x-api-key', key.text).expect(200, { ok: true });
  });

  it('a protected resource publishes the metadata of a resource without a path at the root, with its name and documentation', async () => {
    const gate = createGate({ store: kit.store, scopeSeparator: ':' });
    const app = express();
    const { metadata, challenge } = gate.protectedResource({
      resource: 'http://localhost:4000',
      authorizationServers: ['http://127.0.0.1:8787'],
      scopes: ['dr.list', 'dr:set'],
      name: 'Rules',
      documentation: 'https://docs.example/rules',
    });
    app.use(metadata);
    app.get('/', challenge, gate.authenticate(), gate.requirePermissions('dr.list'));
    gate.assertGuarded(app);
    const { url, close } = await serve(app);
    const answer = await request(url).get('/.well-known/oauth-protected-resource').expect(200);
    expect(answer.body).toEqual({
      resource: 'http://localhost:4000',
      authorization_servers: ['http://127.0.0.1:8787'],
      scopes_supported: ['dr:list', 'dr:set'],
      bearer_methods_supported: ['header'],
      resource_name: 'Rules',
      resource_documentation: 'https://docs.example/rules',
    });
    const refused = await request(url).get('/').expect(401);
    expect(refused.headers['www-authenticate']).toBe(
      'Bearer resource_metadata="http://localhost:4000/.well-known/oauth-protected-resource", scope="dr:list"',
    );
    await close();
    await gate.close();
  });

  it.each([
    ['a resource that is no address', { resource: 'mcp.example' }, /resource: must be an https address/],
    ['http elsewhere', { resource: 'http://mcp.example/mcp' }, /resource: must be an https address/],
    ['a fragment', { resource: 'https://mcp.example/mcp#x' }, /resource: must be an https address/],
    ['a query', { resource: 'https://mcp.example/mcp?x=1' }, /resource: must be an https address/],
    ['a password in it', { resource: 'https://a:b@mcp.example/mcp' }, /resource: must be an https address/],
    ['no issuer', { authorizationServers: [] }, /authorizationServers: must be a list of at least one/],
    ['an issuer that is no address', { authorizationServers: ['auth'] }, /authorizationServers: must be an https/],
    ['a scope with a space', { scopes: ['a b'] }, /scopes: must be a list/],
    ['another audience', { audience: 'gate' }, /audience: must be one of either, resource/],
    ['an empty name', { name: ' ' }, /name: must be text/],
    ['an unknown option', { scope: ['dr.list'] }, /scopes/],
  ])('a protected resource throws for %s', (_, wrong, message) => {
    expect(() => kit.gate.protectedResource({ ...OPTIONS, ...wrong } as typeof OPTIONS)).toThrow(message);
  });

  it.each([
    ['in front of authenticate', ['challenge', 'authenticate']],
    ['behind authenticate', ['authenticate', 'challenge']],
  ] as const)('a protected resource refuses a token of another audience, with challenge %s', async (_, order) => {
    const own = await testGate();
    const { gate } = own;
    const { challenge } = gate.protectedResource({ ...OPTIONS, audience: 'resource' });
    const mounts = { challenge, authenticate: gate.authenticate() };
    const app = express();
    const answer: express.RequestHandler = (_req, res) => void res.json({ ok: true });
    app.get('/mcp', ...order.map((name) => mounts[name]), gate.requirePermissions('dr.list'), answer);
    app.get('/rules', gate.authenticate(), gate.requirePermissions('dr.list'), answer);
    app.use(gate.errorHandler());
    const { url, close } = await serve(app);
    const caller = await own.key({ permissions: ['dr.list'] });
    const token = { Authorization: `Bearer ${await own.token(caller)}` };
    await request(url).get('/rules').set(token).expect(200);
    const refused = await request(url).get('/mcp').set(token);
    expect([refused.status, refused.body.code]).toEqual([401, 'ERR_TOKEN_INVALID']);
    expect(refused.headers['www-authenticate']).toContain(`resource_metadata="${METADATA}"`);
    await request(url).get('/mcp').set('x-api-key', caller.text).expect(200);
    await close();
    await own.close();
  });
});
