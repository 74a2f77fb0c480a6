import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createGate, type DeniedEvent } from '@flairgate/express';
import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, raw, type Served, serve, whoami } from '../support.js';

const KEY_INVALID = { status: 401, code: 'ERR_KEY_INVALID', challenge: 'invalid_token' } as const;
const TOKEN_INVALID = { status: 401, code: 'ERR_TOKEN_INVALID', challenge: 'invalid_token' } as const;
const MISSING = { status: 401, code: 'ERR_CREDENTIAL_MISSING', challenge: null } as const;
const AMBIGUOUS = { status: 400, code: 'ERR_CREDENTIAL_AMBIGUOUS', challenge: 'invalid_request' } as const;
const MALFORMED = { status: 400, code: 'ERR_CREDENTIAL_MALFORMED', challenge: 'invalid_request' } as const;

describe('authenticate', () => {
  let kit: TestGate;
  let key: TestKey;
  let token: string;
  let served: Served;
  let handled = 0;

  beforeAll(async () => {
    kit = await testGate({ failureLimit: { limit: 0 } });
    key = await kit.key({ name: 'caller', permissions: ['dr.list'] });
    token = await kit.token(key);
    const app = express();
    app.get('/anyone', kit.gate.authenticate({ optional: true }), (req, res) => {
      res.json({ identity: kit.gate.maybeAuth(req)?.identity ?? null });
    });
    app.use(kit.gate.authenticate());
    app.get('/', whoami);
    app.all('/side-effect', (_req, res) => {
      handled += 1;
      res.json({});
    });
    app.get('/narrowed', (_req, res) => {
      res.set('Cache-Control', 'private, max-age=60').json({});
    });
    served = await serve(app);
  });
  afterAll(async () => {
    await served.close();
    await kit.close();
  });

  it('authenticate sets req.auth for an API key, when it is read from the store and when it is cached', async () => {
    const fresh = await kit.key();
    for (const _ of [1, 2]) {
      const answer = await request(served.url).get('/').set('x-api-key', fresh.text).expect(200);
      expect(answer.body).toMatchObject({ kind: 'organization-key', via: 'api-key' });
    }
  });

  it('authenticate gives a key and a token of that key the same identity', async () => {
    const byKey = await request(served.url).get('/').set('X-API-KEY', key.text).expect(200);
    const byToken = await request(served.url).get('/').auth(token, { type: 'bearer' }).expect(200);
    expect(byToken.body).toMatchObject({ via: 'token', identity: byKey.body.identity });
  });

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('authenticate takes the scheme %s', async (scheme) => {
    await request(served.url).get('/').set('Authorization', `${scheme} ${token}`).expect(200);
  });

  it('authenticate takes more than one space after the scheme', async () => {
    expect((await raw(served.port, [`Authorization: Bearer   ${token}`])).status).toBe(200);
  });

  it('authenticate refuses a request without a credential, with a bare challenge', async () => {
    expectRefusal(await request(served.url).get('/'), MISSING);
  });

  it.each(['Basic dXNlcjpwYXNz', 'JWT abc.def.ghi', 'Digest x', 'Bearerx abc', 'XBearer abc'])(
    'authenticate takes %s for no credential of ours',
    async (value) => {
      expectRefusal(await request(served.url).get('/').set('Authorization', value), MISSING);
    },
  );

  it('authenticate answers an unknown key, one of another shape and a revoked one in the same bytes', async () => {
    const revoked = await kit.key();
    await request(served.url).get('/').set('x-api-key', revoked.text).expect(200);
    await kit.revoke(revoked);
    const texts = [
      revoked.text,
      `${key.text.slice(0, -1)}_`,
      'x',
      '00000000-0000-4000-8000-000000000000',
      `${key.text}0`,
    ];
    const answers = await Promise.all(texts.map((text) => raw(served.port, [`x-api-key: ${text}`])));
    expectRefusal(await request(served.url).get('/').set('x-api-key', 'x'), KEY_INVALID);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('authenticate answers tokens that are bad in different ways in the same bytes', async () => {
    const [header, payload, signature] = token.split('.');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt","kid":"x"}').toString('base64url');
    const texts = [
      `${header}.${payload}.${'A'.repeat(43)}`,
      `${none}.${payload}.`,
      'a.b.c',
      'abc',
      `${token}.${signature}`,
    ];
    const answers = await Promise.all(texts.map((text) => raw(served.port, [`Authorization: Bearer ${text}`])));
    expectRefusal(await request(served.url).get('/').auth('abc', { type: 'bearer' }), TOKEN_INVALID);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('authenticate refuses a token whose key was revoked', async () => {
    const revoked = await kit.key();
    const jwt = await kit.token(revoked);
    await request(served.url).get('/').auth(jwt, { type: 'bearer' }).expect(200);
    await kit.revoke(revoked);
    expectRefusal(await request(served.url).get('/').auth(jwt, { type: 'bearer' }), TOKEN_INVALID);
  });

  it.each([
    ['two x-api-key lines', (text: string) => [`x-api-key: ${text}`, `x-api-key: ${text}`]],
    ['two lines in other letter cases', (text: string) => [`X-Api-Key: ${text}`, 'x-API-key: other']],
    ['two Authorization lines', () => ['Authorization: Bearer a', 'Authorization: Bearer b']],
    ['two Authorization lines of other schemes', () => ['Authorization: Basic a', 'authorization: Digest b']],
    ['a key and a token at once', (text: string) => [`x-api-key: ${text}`, `Authorization: Bearer ${token}`]],
  ])('authenticate refuses %s as ambiguous', async (_name, lines) => {
    const answer = await raw(served.port, lines(key.text));
    expect(answer.status).toBe(AMBIGUOUS.status);
    expect(JSON.parse(answer.body)).toMatchObject({ code: AMBIGUOUS.code });
    expect(answer.headers.join('\n')).toMatch(/www-authenticate: Bearer realm="flairgate", error="invalid_request"/i);
  });

  it.each([['x-api-key:'], ['Authorization: Bearer'], ['Authorization: Bearer a b'], ['Authorization: Bearer a"b']])(
    'authenticate refuses %s as malformed',
    async (line) => {
      const answer = await raw(served.port, [line]);
      expect(answer.status).toBe(MALFORMED.status);
      expect(JSON.parse(answer.body)).toMatchObject({ code: MALFORMED.code });
    },
  );

  it('authenticate refuses a token over the size before looking at it, and says what to do', async () => {
    const answer = await raw(served.port, [`Authorization: Bearer ${'a'.repeat(8193)}`]);
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'ERR_TOKEN_TOO_LARGE', bytes: 8193, limit: 8192 });
    expect(JSON.parse(answer.body).detail).toContain('add oid');
  });

  it.each(['?x-api-key=KEY', '?access_token=TOKEN', '?jwt=TOKEN'])(
    'authenticate takes no credential from %s',
    async (query) => {
      const path = `/${query.replace('KEY', key.text).replace('TOKEN', token)}`;
      expectRefusal(await request(served.url).get(path), MISSING);
    },
  );

  it('authenticate takes no credential from the body', async () => {
    const app = express();
    app.use(express.urlencoded(), express.json(), kit.gate.authenticate());
    app.post('/', whoami);
    expectRefusal(await request(app).post('/').type('form').send({ access_token: token }), MISSING);
    expectRefusal(await request(app).post('/').send({ access_token: token, 'x-api-key': key.text }), MISSING);
    const both = await request(app).post('/').auth('abc', { type: 'bearer' }).send({ access_token: token });
    expectRefusal(both, TOKEN_INVALID);
  });

  it('authenticate lets no method past without a credential', async () => {
    for (const method of ['HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'DELETE', 'M-SEARCH']) {
      const answer = await raw(served.port, ['Origin: https://page.test'], { method, path: '/side-effect' });
      expect(answer.status, method).toBe(401);
    }
    expect(handled).toBe(0);
  });

  it('authenticate answers HEAD as GET, without the body', async () => {
    const [get, head] = await Promise.all([raw(served.port, []), raw(served.port, [], { method: 'HEAD' })]);
    expect(head.body).toBe('');
    expect(head.headers).toEqual(get.headers);
  });

  it('authenticate marks answers as private to the credential, and lets a handler narrow that', async () => {
    const answer = await request(served.url).get('/').set('x-api-key', key.text);
    expect(answer.headers['cache-control']).toBe('private, no-store');
    expect(answer.headers.vary).toBe('x-api-key, Authorization');
    const narrowed = await request(served.url).get('/narrowed').set('x-api-key', key.text);
    expect(narrowed.headers['cache-control']).toBe('private, max-age=60');
  });

  it('authenticate keeps the Vary header that is already set', async () => {
    const app = express();
    app.use((_req, res, next) => {
      res.set('Vary', 'Origin, authorization').set('Cache-Control', 'public, max-age=3600');
      next();
    });
    app.use(kit.gate.authenticate());
    app.get('/', whoami);
    const answer = await request(app).get('/').set('x-api-key', key.text);
    expect(answer.headers.vary).toBe('Origin, authorization, x-api-key');
    expect(answer.headers['cache-control']).toBe('private, no-store');
    expect((await request(app).get('/')).headers.vary).toBe('Origin, authorization, x-api-key');
  });

  describe('optional', () => {
    it('an optional authenticate lets an anonymous caller through without a principal', async () => {
      const answer = await request(served.url).get('/anyone').expect(200);
      expect(answer.body).toEqual({ identity: null });
      expect(answer.headers['cache-control']).toBe('private, no-store');
    });

    it('an optional authenticate refuses an invalid credential', async () => {
      expectRefusal(await request(served.url).get('/anyone').set('x-api-key', 'x'), KEY_INVALID);
      expectRefusal(await request(served.url).get('/anyone').auth('x', { type: 'bearer' }), TOKEN_INVALID);
    });

    it('an optional authenticate identifies a caller with a credential', async () => {
      const answer = await request(served.url).get('/anyone').set('x-api-key', key.text).expect(200);
      expect(answer.body.identity).toEqual(expect.any(String));
    });
  });

  it('authenticate takes a key with address ranges from those addresses only', async () => {
    const inside = await kit.key({ ranges: ['127.0.0.0/8'] });
    const outside = await kit.key({ ranges: ['192.0.2.0/24'] });
    await request(served.url).get('/').set('x-api-key', inside.text).expect(200);
    for (const _ of [1, 2])
      expectRefusal(await request(served.url).get('/').set('x-api-key', outside.text), KEY_INVALID);
  });

  it('authenticate tells the diagnostics channel the exact reason, and no credential', async () => {
    const events: DeniedEvent[] = [];
    const listener = (event: unknown) => void events.push(event as DeniedEvent);
    subscribe('flairgate:denied', listener);
    const secret = 'fg_0123456789abcdefghij';
    await request(served.url).get('/').set('x-api-key', secret);
    unsubscribe('flairgate:denied', listener);
    await request(served.url).get('/').set('x-api-key', secret);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ code: 'ERR_KEY_INVALID', stage: 'principal', address: '127.0.0.1' });
    expect(events[0]?.reason).not.toBe('ERR_KEY_INVALID');
    expect(JSON.stringify(events)).not.toContain(secret);
  });

  it('authenticate sets userProperty only if the option names one', async () => {
    const own = await testGate({ userProperty: 'user' });
    const app = express();
    app.get('/with', own.gate.authenticate(), (req, res) => void res.json(Reflect.get(req, 'user') === req.auth));
    app.get('/without', kit.gate.authenticate(), (req, res) => void res.json('user' in req));
    const ownKey = await own.key();
    expect((await request(app).get('/with').set('x-api-key', ownKey.text)).body).toBe(true);
    expect((await request(app).get('/without').set('x-api-key', key.text)).body).toBe(false);
    await own.close();
  });

  it('authenticate leaves nothing of Passport on the request', async () => {
    const app = express();
    app.use(kit.gate.authenticate());
    app.get('/', (req, res) => {
      res.json(
        ['login', 'logout', 'isAuthenticated', '_sessionManager', '_passport', 'user', 'authInfo'].filter(
          (name) => name in req,
        ),
      );
    });
    const jwt = await kit.token(await kit.key());
    expect((await request(app).get('/').auth(jwt, { type: 'bearer' })).body).toEqual([]);
  });

  it('authenticate answers 503, never 401, when the store is down, and lets no caller in', async () => {
    const down = await testGate();
    const app = express();
    app.use(down.gate.authenticate({ optional: true }));
    app.get('/', whoami);
    const unseen = await down.key();
    await down.store.close();
    for (const text of [unseen.text, 'a-key-that-nobody-ever-made']) {
      const answer = await request(app).get('/').set('x-api-key', text);
      expectRefusal(answer, { status: 503, code: 'ERR_STORE_UNAVAILABLE' });
      expect(answer.headers['retry-after']).toBe('1');
    }
    await down.gate.close();
  });

  it('authenticate lets no caller in when the store throws an unexpected error, and passes the error on once', async () => {
    const broken = await testGate();
    const read = () => Promise.reject(new TypeError('boom'));
    const gate = createGate({ store: { ...broken.store, read } });
    const faults: unknown[] = [];
    const app = express();
    app.use(gate.authenticate({ optional: true }));
    app.get('/', whoami);
    app.use(gate.errorHandler({ onFault: (error) => void faults.push(error) }));
    const answer = await request(app)
      .get('/')
      .set('x-api-key', (await broken.key()).text);
    expect([500, 503]).toContain(answer.status);
    expect(JSON.stringify(answer.body)).not.toContain('boom');
    expect(faults.length).toBeLessThanOrEqual(1);
    await gate.close();
    await broken.close();
  });
});
