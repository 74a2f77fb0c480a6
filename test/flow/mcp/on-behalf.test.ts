import { createServiceFetch } from '@flairgate/client';
import { createGate, type Gate } from '@flairgate/express';
import { remoteStore } from '@flairgate/stores/remote';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Issuer, type Listening, listen, type Member, startIssuer, startMember } from '../services-fixture.ts';

const MCP = 'https://mcp.example/mcp';

describe('a tool that calls another service', () => {
  let issuer: Issuer;
  let rules: Member;
  let mcp: Listening;
  let gate: Gate;
  let store: ReturnType<typeof remoteStore>;
  let key: string;
  let token: string;
  /** Everything that any request to the next service held, byte by byte. */
  const received: string[] = [];

  beforeAll(async () => {
    issuer = await startIssuer({ resources: [MCP] });
    const oid = await issuer.organization('acme');
    key = (await issuer.key(oid, 'agent[segment]', ['dr.list', 'dr.set'])).text;
    token = await issuer.token({ oid, secret: key, resource: MCP });
    // Named like its resource, so that it can exchange tokens that are for it.
    const mayExchange = [{ audience: 'rules', permissions: ['dr.list'] }];
    const service = await issuer.serviceKey({ name: MCP, organizations: 'all', mayExchange });
    const third = await issuer.serviceKey({ name: 'rules', organizations: 'all', mayExchange: [] });
    rules = await startMember({
      remote: { url: issuer.url, serviceKey: third.text },
      audience: 'rules',
    });
    const recording = express();
    recording.use(async (req, res) => {
      received.push(JSON.stringify([req.originalUrl, req.rawHeaders]));
      const { authorization = '' } = req.headers;
      const answer = await fetch(`${rules.url}${req.originalUrl}`, { headers: { authorization } });
      res.status(answer.status).json(await answer.json());
    });
    const next = await listen(recording);
    const callRules = createServiceFetch({ url: issuer.url, serviceKey: service.text, audience: 'rules' });
    store = remoteStore({ url: issuer.url, serviceKey: service.text });
    gate = createGate({ store, tokens: { issuer: 'https://auth.example', audience: MCP }, property: 'caller' });
    const { challenge } = gate.protectedResource({ resource: MCP, authorizationServers: ['https://auth.example'] });
    const app = express();
    app.use(challenge, gate.authenticate({ bearerKeys: true }), express.json());
    app.post('/mcp', gate.requireToolPermissions({ 'list-rules': 'dr.list' }), async (req, res) => {
      const { authorization = '', 'x-api-key': apiKey = '' } = req.headers;
      // Even a tool that passes the headers of its caller on sends none of their credentials.
      const headers = { authorization, 'x-api-key': String(apiKey) };
      const answer = await callRules({ headers: req.headers }, `${next.url}/me`, { headers });
      res.json({ jsonrpc: '2.0', id: req.body.id, result: await answer.json() });
    });
    app.use(gate.errorHandler());
    const served = await listen(app);
    mcp = { ...served, close: async () => void (await Promise.all([served.close(), next.close()])) };
  });
  afterAll(async () => {
    await mcp.close();
    await gate.close();
    await store.close();
    await rules.close();
    await issuer.close();
  });

  const callTool = (headers: Record<string, string>) => {
    received.length = 0;
    const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'list-rules' } };
    return request(mcp.url).post('/mcp').set(headers).send(body);
  };

  it.each([
    ['a token for the server', () => ({ Authorization: `Bearer ${token}` })],
    ['a key', () => ({ 'x-api-key': key })],
    ['a key as bearer token', () => ({ Authorization: `Bearer ${key}` })],
  ])('a tool acts for a caller with %s, whose credential never leaves the server', async (_, headers) => {
    const answer = await callTool(headers()).expect(200);
    expect(answer.body.result).toMatchObject({ ident: 'agent[segment]', via: 'token', actors: [expect.any(String)] });
    expect(Object.values(answer.body.result.permissions)).toEqual([['dr.list']]);
    expect(received).toHaveLength(1);
    for (const bytes of received) {
      expect(bytes).not.toContain(token);
      expect(bytes).not.toContain(key);
    }
  });

  it('the next service refuses the token of the caller itself', async () => {
    const answer = await request(rules.url).get('/me').auth(token, { type: 'bearer' });
    expect(answer.status).toBe(401);
  });
});
