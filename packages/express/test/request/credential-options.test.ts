import { createGate } from '@flairgate/express';
import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, raw, type Served, serve, whoami } from '../support.js';

const SEND_AS_KEY = /send API keys as x-api-key/;

describe('where API keys are read from', () => {
  let kit: TestGate;
  let key: TestKey;
  let uuid: string;
  let token: string;
  let served: Served;

  beforeAll(async () => {
    kit = await testGate({ failureLimit: { limit: 0 } });
    key = await kit.key({ name: 'caller', permissions: ['dr.list'] });
    token = await kit.token(key);
    uuid = '3f2b8c1e-5d4a-4c6b-9e7f-0a1b2c3d4e5f';
    const { gate } = kit;
    const app = express();
    app.get('/plain', gate.authenticate(), whoami);
    app.get('/bearer', gate.authenticate({ bearerKeys: true }), whoami);
    app.get('/named', gate.authenticate({ keyHeaders: ['X-Auth-Token'] }), whoami);
    served = await serve(app);
  });
  afterAll(async () => {
    await served.close();
    await kit.close();
  });

  it('authenticate with bearerKeys takes a key in Authorization: Bearer, read from the store and cached', async () => {
    for (const _ of [1, 2]) {
      const answer = await request(served.url).get('/bearer').auth(key.text, { type: 'bearer' }).expect(200);
      expect(answer.body).toMatchObject({ via: 'api-key', kind: 'organization-key' });
    }
    await request(served.url).get('/bearer').set('Authorization', `bEARER   ${key.text}`).expect(200);
  });

  it('authenticate with bearerKeys still takes tokens and x-api-key', async () => {
    const byToken = await request(served.url).get('/bearer').auth(token, { type: 'bearer' }).expect(200);
    expect(byToken.body.via).toBe('token');
    await request(served.url).get('/bearer').set('x-api-key', key.text).expect(200);
  });

  it('authenticate with bearerKeys answers an unknown key in Authorization: Bearer as an unknown key', async () => {
    for (const text of [uuid, `${key.text.slice(0, -1)}${key.text.endsWith('0') ? '1' : '0'}`]) {
      const answer = await request(served.url).get('/bearer').auth(text, { type: 'bearer' });
      expectRefusal(answer, { status: 401, code: 'ERR_KEY_INVALID', challenge: 'invalid_token' });
    }
  });

  it('authenticate says how to send a key that came as a bearer token, whether the key exists or not', async () => {
    const bodies = new Set<string>();
    for (const text of [key.text, uuid]) {
      const answer = await request(served.url).get('/plain').auth(text, { type: 'bearer' });
      expectRefusal(answer, {
        status: 401,
        code: 'ERR_TOKEN_INVALID',
        challenge: 'invalid_token',
        detail: SEND_AS_KEY,
      });
      bodies.add(answer.text);
    }
    expect(bodies.size).toBe(1);
    expect([...bodies][0]).not.toContain(key.text);
  });

  it('authenticate does not say how to send a key for a text that has no form of a key', async () => {
    const answer = await request(served.url).get('/plain').auth('a.b.c', { type: 'bearer' });
    expect(answer.body.detail).toBe('the token is not valid');
  });

  it('authenticate refuses a key in Authorization: Bearer next to one in x-api-key', async () => {
    for (const path of ['/bearer', '/plain']) {
      const answer = await request(served.url).get(path).auth(key.text, { type: 'bearer' }).set('x-api-key', key.text);
      expectRefusal(answer, { status: 400, code: 'ERR_CREDENTIAL_AMBIGUOUS', challenge: 'invalid_request' });
    }
  });

  it('authenticate with keyHeaders reads those headers in any case, and x-api-key as before', async () => {
    for (const name of ['x-auth-token', 'X-AUTH-TOKEN', 'x-api-key']) {
      await request(served.url).get('/named').set(name, key.text).expect(200);
    }
    await request(served.url).get('/plain').set('x-auth-token', key.text).expect(401);
  });

  it('authenticate with keyHeaders lists those headers in Vary, of answers and of refusals', async () => {
    const answers = [
      await request(served.url).get('/named').set('x-auth-token', key.text).expect(200),
      await request(served.url).get('/named').expect(401),
    ];
    for (const { headers } of answers) expect(headers.vary).toMatch(/x-auth-token/i);
  });

  it('authenticate with keyHeaders refuses two headers that both hold a key', async () => {
    const lines = [`x-auth-token: ${key.text}`, `x-api-key: ${key.text}`];
    for (const twice of [lines, [lines[0] ?? '', lines[0] ?? '']]) {
      const answer = await raw(served.port, twice, { path: '/named' });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body).code).toBe('ERR_CREDENTIAL_AMBIGUOUS');
    }
  });

  it('authenticate, identify and Passport take bearerKeys and keyHeaders from the gate', async () => {
    const second = createGate({ store: kit.store, bearerKeys: true, keyHeaders: ['x-auth-token'] });
    const app = express();
    app.get('/', second.authenticate(), whoami);
    app.get('/off', second.authenticate({ bearerKeys: false, keyHeaders: [] }), whoami);
    app.get('/identify', async (req, res) => res.json({ identity: (await second.identify(req)).identity }));
    app.use(second.errorHandler());
    const { url, close } = await serve(app);
    await request(url).get('/').auth(key.text, { type: 'bearer' }).expect(200);
    await request(url).get('/identify').set('x-auth-token', key.text).expect(200);
    await request(url).get('/off').auth(key.text, { type: 'bearer' }).expect(401);
    await request(url).get('/off').set('x-auth-token', key.text).expect(401);
    await close();
    await second.close();
  });

  it.each([
    ['not a list', 'x-auth-token', /keyHeaders: must be a list/],
    ['no header name', ['x auth'], /keyHeaders: must be a list/],
    ['a header that means something else', ['Authorization'], /keyHeaders: must be names of headers of your own/],
    ['too many names', Array.from({ length: 9 }, (_, at) => `x-${at}`), /keyHeaders: must be a list/],
  ])('authenticate and createGate throw for keyHeaders that are %s', (_, keyHeaders, message) => {
    expect(() => kit.gate.authenticate({ keyHeaders: keyHeaders as string[] })).toThrow(message);
    expect(() => createGate({ store: kit.store, keyHeaders: keyHeaders as string[] })).toThrow(message);
  });

  it('authenticate throws for bearerKeys that is no boolean', () => {
    expect(() => kit.gate.authenticate({ bearerKeys: 'yes' as never })).toThrow(/bearerKeys: must be true or false/);
  });
});
