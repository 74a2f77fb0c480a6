import type { McpAuthInfoOptions } from '@flairgate/express';
import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, type Served, serve } from '../support.js';

describe('a caller in the form of the MCP SDK', () => {
  let kit: TestGate;
  let key: TestKey;
  let served: Served;
  let options: McpAuthInfoOptions | undefined;

  beforeAll(async () => {
    kit = await testGate({ failureLimit: { limit: 0 } });
    key = await kit.key({ name: 'caller[segment]', permissions: ['dr.set', 'dr.list'] });
    const { gate } = kit;
    const app = express();
    app.use(gate.authenticate({ optional: true }));
    app.get('/', (req, res) => void res.json(gate.mcpAuthInfo(req, options)));
    app.use(gate.errorHandler());
    served = await serve(app);
  });
  afterAll(async () => {
    await served.close();
    await kit.close();
  });

  const ask = (headers: Record<string, string>, given?: McpAuthInfoOptions) => {
    options = given;
    return request(served.url).get('/').set(headers);
  };

  it('a caller in the form of the MCP SDK has key id, permissions, identity, organization and flairs, and no token', async () => {
    const answer = await ask({ 'x-api-key': key.text }).expect(200);
    expect(answer.body).toEqual({
      token: '',
      clientId: key.keyId,
      scopes: ['dr.list', 'dr.set'],
      extra: { identity: expect.any(String), oid: kit.oid, flairs: ['segment'] },
    });
  });

  it('a caller in the form of the MCP SDK has the time at which a token expires, and the token if the option asks for it', async () => {
    const token = await kit.token(key);
    const answer = await ask({ Authorization: `Bearer ${token}` }, { token: true }).expect(200);
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(answer.body).toMatchObject({ token, clientId: key.keyId, expiresAt: exp });
  });

  it('a caller in the form of the MCP SDK has no permissions in an organization that is not of the caller', async () => {
    const other = '0f8fad5b-d9cb-469f-a165-70867728950e';
    const answer = await ask({ 'x-api-key': key.text }, { organization: () => other }).expect(200);
    expect(answer.body).toMatchObject({ scopes: [], extra: { oid: other, flairs: [] } });
  });

  it('mcpAuthInfo refuses an anonymous caller, and an organization that is not one text', async () => {
    const anonymous = await ask({});
    expectRefusal(anonymous, { status: 401, code: 'ERR_CREDENTIAL_MISSING', challenge: null });
    const several = await ask({ 'x-api-key': key.text }, { organization: () => ['a', 'b'] });
    expectRefusal(several, { status: 400, code: 'ERR_ORGANIZATION_REQUIRED' });
  });

  it('mcpAuthInfo throws for an unknown option', async () => {
    const app = express();
    app.use(kit.gate.authenticate());
    app.get('/', (req, res) => {
      expect(() => kit.gate.mcpAuthInfo(req, { tokens: true } as McpAuthInfoOptions)).toThrow(/token/);
      res.json({});
    });
    const { url, close } = await serve(app);
    await request(url).get('/').set('x-api-key', key.text).expect(200);
    await close();
  });
});
