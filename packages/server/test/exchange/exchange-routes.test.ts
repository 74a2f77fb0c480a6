import { randomBytes, randomUUID } from 'node:crypto';
import { importKey, revokeKey } from '@flairgate/core/administration';
import { hashSecret } from '@flairgate/core/calibrate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  claimsOf,
  done,
  expectDenied,
  expectShape,
  newIngestionKey,
  newKey,
  newOrganization,
  newUser,
  operator,
  type ServiceFixture,
  startServiceFixture,
  tokenFor,
} from '../support.js';

let bench: ServiceFixture;
let oid: string;

beforeEach(async () => {
  bench = await startServiceFixture();
  oid = await newOrganization(bench);
});

afterEach(() => bench.close());

describe('POST /jwt', () => {
  it("POST /jwt gives an organization key its organization's token, and nothing else", async () => {
    const { text, keyId } = await newKey(bench, oid, { name: 'vendor[segment]', permissions: ['dr.*'] });
    const response = await bench.http.post('/jwt').type('form').send({ oid, secret: text }).expect(200);
    expect(Object.keys(response.body)).toEqual(['jwt']);
    expectShape(bench, 'POST', '/jwt', response.body);
    expect(response.headers['cache-control']).toBe('no-store');
    const claims = claimsOf(response.body.jwt);
    expect(claims).toMatchObject({ oid: [oid], uid: '', email: 'vendor[segment]', kid: keyId, flairs: ['segment'] });
    expect(claims.perms).toContain('dr.list');
    expect(claims.perms).not.toContain('dr.*');
  });

  it('POST /jwt takes the same fields as JSON, and an expiry as number or digits', async () => {
    const { text } = await newKey(bench, oid);
    const response = await bench.http.post('/jwt').send({ oid, secret: text, expiry: 60 }).expect(200);
    const { exp, iat } = claimsOf(response.body.jwt);
    expect(Number(exp) - Number(iat)).toBe(60);
    const digits = claimsOf(await tokenFor(bench, { oid, secret: text, expiry: '120' }));
    expect(Number(digits.exp) - Number(digits.iat)).toBe(120);
  });

  it("POST /jwt gives a user's key all organizations, one, or none", async () => {
    const other = await newOrganization(bench, 'other');
    const { text, uid } = await newUser(bench, [oid, other]);
    const all = claimsOf(await tokenFor(bench, { uid, secret: text }));
    expect(Object.keys(all.oid ?? {}).sort()).toEqual([oid, other].sort());
    expect(claimsOf(await tokenFor(bench, { uid, oid, secret: text }))).toMatchObject({ oid: [oid], uid });
    expect(claimsOf(await tokenFor(bench, { uid, oid: '-', secret: text }))).toMatchObject({ oid: {}, uid });
    const inCapitals = { uid: uid.toUpperCase(), oid: oid.toUpperCase(), secret: text };
    expect(claimsOf(await tokenFor(bench, inCapitals))).toMatchObject({ oid: [oid], uid });
  });

  it.each([
    ['comma text', 'form', 'perms=dr.list,org.get'],
    ['a repeated field', 'form', 'perms=dr.list&perms=org.get'],
    ['an array', 'json', '{"perms":["dr.list","org.get"]}'],
    ['comma text in JSON', 'json', '{"perms":"dr.list, org.get"}'],
  ])('POST /jwt narrows the token to perms as %s', async (_name, type, sent) => {
    const { text } = await newKey(bench, oid);
    const request = bench.http.post('/jwt').type(type);
    const body = type === 'form' ? `${sent}&oid=${oid}&secret=${text}` : { ...JSON.parse(sent), oid, secret: text };
    const response = await request.send(body).expect(200);
    expect(claimsOf(response.body.jwt).perms).toEqual(['dr.list', 'org.get']);
  });

  it.each([
    ['a form', 'form', { perms: '' }],
    ['JSON', 'json', { perms: [] }],
  ])('POST /jwt leaves no permission for empty perms in %s', async (_name, type, sent) => {
    const { text } = await newKey(bench, oid);
    const response = await bench.http
      .post('/jwt')
      .type(type)
      .send({ ...sent, oid, secret: text })
      .expect(200);
    expect(claimsOf(response.body.jwt).perms).toEqual([]);
  });

  it('POST /jwt refuses unknown permissions and an expiry that is past or no whole number', async () => {
    const { text: secret } = await newKey(bench, oid);
    for (const wrong of [
      { perms: 'dr.lst' },
      { expiry: '0' },
      { expiry: '-5' },
      { expiry: '1000000001' },
      { expiry: 'x' },
    ]) {
      const response = await bench.http
        .post('/jwt')
        .type('form')
        .send({ ...wrong, oid, secret });
      expectDenied(response, 400, 'ERR_VALIDATION');
      expect(response.text).not.toContain(secret);
    }
  });

  it('POST /jwt answers every key that is not good, and every reach it does not have, with the same bytes', async () => {
    const other = await newOrganization(bench, 'other');
    const good = await newKey(bench, oid);
    const revoked = await newKey(bench, oid, { name: 'revoked' });
    await done(revokeKey(bench.administration, operator, { oid, keyId: revoked.keyId }));
    const far = await newKey(bench, oid, { name: 'far', ranges: ['203.0.113.0/24'] });
    const ingestion = await newIngestionKey(bench, oid, 'pushes');
    const user = await newUser(bench, [oid]);
    const refused: Record<string, string>[] = [
      { oid, secret: 'fg_0000000000000000000000000000000000000000000' },
      { oid, secret: 'no key at all' },
      { oid, secret: 'x'.repeat(4000) },
      { oid, secret: '' },
      { oid, secret: `${good.text.slice(0, -1)}_` },
      { oid, secret: revoked.text },
      { oid, secret: far.text },
      { oid, secret: ingestion.text },
      { oid: other, secret: good.text },
      { oid: '-', secret: good.text },
      { secret: good.text },
      { oid, uid: user.uid, secret: good.text },
      { oid, secret: user.text },
      { uid: user.uid, oid: other, secret: user.text },
      { uid: oid, secret: user.text },
    ];
    const answers = new Set<string>();
    for (const fields of refused) {
      const response = await bench.http.post('/jwt').type('form').send(fields);
      expectDenied(response, 401, 'ERR_KEY_INVALID');
      const { date: _date, ...headers } = response.headers;
      answers.add(JSON.stringify([headers, response.text]));
    }
    expect(answers.size).toBe(1);
    expect([...answers][0]).toContain('unknown api key');
  });

  it('POST /jwt answers an expired key like an unknown one', async () => {
    let now = Date.now();
    const clock = { wall: () => now, monotonic: () => performance.now() };
    const timed = await startServiceFixture({ clock });
    const home = await newOrganization(timed);
    const { text } = await newKey(timed, home, { expiresAt: now + 10_000 });
    await tokenFor(timed, { oid: home, secret: text });
    now += 10_000;
    const expired = await timed.http.post('/jwt').type('form').send({ oid: home, secret: text });
    const unknown = await timed.http.post('/jwt').type('form').send({ oid: home, secret: 'unknown' });
    expectDenied(expired, 401, 'ERR_KEY_INVALID');
    expect(expired.text).toBe(unknown.text);
    await timed.close();
  });

  it('POST /jwt takes no credential but the field: not a key in a header, not a token', async () => {
    const { text } = await newKey(bench, oid);
    const jwt = await tokenFor(bench, { oid, secret: text });
    expectDenied(
      await bench.http.post('/jwt').set('x-api-key', text).type('form').send({ oid }),
      400,
      'ERR_VALIDATION',
    );
    expectDenied(await bench.http.post('/jwt').auth(jwt, { type: 'bearer' }), 400, 'ERR_VALIDATION');
    expectDenied(await bench.http.post('/jwt').send({ oid, secret: jwt }), 401, 'ERR_KEY_INVALID');
  });

  it('POST /jwt refuses claims a caller would like to have', async () => {
    const { text } = await newKey(bench, oid, { permissions: ['dr.list'] });
    const wishes = { sub: 'root', aud: 'other', exp: '9999999999', flairs: 'root', kid: 'x', alg: 'none', iss: 'x' };
    for (const [name, value] of Object.entries(wishes)) {
      const refused = await bench.http
        .post('/jwt')
        .type('form')
        .send({ [name]: value, oid, secret: text });
      expectDenied(refused, 400, 'ERR_VALIDATION');
      expect(refused.body.issues).toEqual([{ field: name, message: expect.stringContaining('is not known here') }]);
    }
  });

  it('POST /jwt leaves in the audit what a good key was refused, and nothing of the others', async () => {
    const other = await newOrganization(bench, 'other');
    const { text: secret } = await newKey(bench, oid);
    const ann = await newUser(bench, [oid, other]);
    const post = (path: string, fields: object) => bench.http.post(path).type('form').send(fields);
    for (let times = 0; times < 2; times += 1) await post('/jwt', { oid: other, secret }).expect(401);
    await post('/jwt', { oid, secret, expiry: '0' }).expect(400);
    await post('/jwt', { uid: oid, oid: other, secret: ann.text }).expect(401);
    await post('/user_key_info', { uid: oid, secret: ann.text }).expect(401);
    await post('/jwt', { oid, secret: 'guess' }).expect(401);
    await post('/jwt', { oid, secret: `${secret}x` }).expect(401);
    const rows = await bench.refusals();
    const told = rows.map(({ actorName, oid: of, target, details }) => [actorName, of, target, details]);
    const invalid = { code: 'ERR_KEY_INVALID', count: 1 };
    expect(told).toEqual([
      ['manager', oid, 'POST /jwt', { ...invalid, reason: 'key is of another organization', count: 2 }],
      ['manager', oid, 'POST /jwt', { code: 'ERR_VALIDATION', reason: expect.any(String), count: 1 }],
      ['laptop@ann@acme.example', other, 'POST /jwt', { ...invalid, reason: 'key is of another user' }],
      ['laptop@ann@acme.example', null, 'POST /user_key_info', { ...invalid, reason: 'key is of another user' }],
    ]);
  });

  it('POST /jwt answers a wrong secret of a user with the same bytes, whether a hash was imported for them or not', async () => {
    const { uid } = await newUser(bench, [oid]);
    const other = await newUser(bench, [oid], { email: 'bob@acme.example' });
    const hash = await hashSecret('Xq7vT2mK9pR4sW8yB3nL6dF1', { scheme: 'pbkdf2-sha256', rounds: 1000 }, randomBytes);
    await done(importKey(bench.administration, operator, { uid, name: 'legacy', hash }));
    const answers = await Promise.all(
      [uid, other.uid].map((named) =>
        bench.http.post('/jwt').type('form').send({ uid: named, secret: 'Xq7vT2mK9pR4sW8yB3nL6dF2' }),
      ),
    );
    for (const response of answers) expectDenied(response, 401, 'ERR_KEY_INVALID');
    expect(answers[0]?.text).toBe(answers[1]?.text);
  });

  it('POST /jwt answers 503 with Retry-After when too many guesses wait, and lets a right secret pass them by', async () => {
    const { uid, text } = await newUser(bench, [oid]);
    const guess = () =>
      bench.http.post('/jwt').type('form').send({ uid: randomUUID(), secret: 'Xq7vT2mK9pR4sW8yB3nL6dF2' });
    const guesses = Array.from({ length: 80 }, async () => {
      const response = await guess();
      if (response.status !== 503) throw new Error('took a place');
      return response;
    });
    const full = await Promise.any(guesses);
    expectDenied(full, 503, 'ERR_STORE_UNAVAILABLE');
    expect(full.headers['retry-after']).toMatch(/^[1-9]/);
    await bench.http.post('/jwt').type('form').send({ uid, secret: text }).expect(200);
  });

  it('POST /jwt stops an address that guesses, whichever route it guesses at', async () => {
    const guarded = await startServiceFixture({ gate: { failureLimit: { limit: 3, windowSeconds: 60 } } });
    for (let guess = 0; guess < 3; guess += 1) {
      expectDenied(
        await guarded.http
          .post('/jwt')
          .type('form')
          .send({ oid, secret: `guess ${guess}` }),
        401,
        'ERR_KEY_INVALID',
      );
    }
    const response = await guarded.http.post('/user_key_info').type('form').send({ uid: oid, secret: 'guess' });
    expectDenied(response, 429, 'ERR_RATE_LIMITED');
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0);
    await guarded.close();
  });
});

describe('GET /jwt', () => {
  it('GET /jwt is off unless it is allowed, and then no secret is taken from any query', async () => {
    const { text } = await newKey(bench, oid);
    const response = await bench.http.get('/jwt').query({ oid, secret: text });
    expectDenied(response, 405, 'ERR_METHOD');
    expect(response.headers.allow).toBe('POST');
    const posted = await bench.http.post('/jwt').query({ secret: text }).type('form').send({ oid });
    expectDenied(posted, 400, 'ERR_VALIDATION');
    expect(posted.text).not.toContain(text);
  });

  it('GET /jwt exchanges by query if it is allowed, and HEAD makes no token', async () => {
    const open = await startServiceFixture({ allowGetExchange: true });
    const home = await newOrganization(open);
    const { text } = await newKey(open, home);
    const response = await open.http.get('/jwt').query({ oid: home, secret: text }).expect(200);
    expect(response.headers['cache-control']).toBe('no-store');
    expect(claimsOf(response.body.jwt).oid).toEqual([home]);
    await open.http.post('/jwt').query({ oid: home, secret: text }).expect(200);
    await open.http.head('/jwt').query({ oid: home, secret: text }).expect(405);
    const twice = await open.http.post('/jwt').query({ oid: home, secret: text }).type('form').send({ secret: text });
    expectDenied(twice, 400, 'ERR_VALIDATION');
    await open.close();
  });
});

describe('a token from the exchange', () => {
  it('a token from the exchange is accepted where its key is, and ends with it', async () => {
    const { text, keyId } = await newKey(bench, oid);
    const jwt = await tokenFor(bench, { oid, secret: text });
    await bench.http.get('/v1/who').auth(jwt, { type: 'bearer' }).expect(200);
    await done(revokeKey(bench.administration, operator, { oid, keyId }));
    expectDenied(await bench.http.get('/v1/who').auth(jwt, { type: 'bearer' }), 401, 'ERR_TOKEN_INVALID');
    expectDenied(await bench.http.get('/v1/who').set('x-api-key', text), 401, 'ERR_KEY_INVALID');
  });

  it('a token from the exchange may be signed with a shared secret of one service', async () => {
    const secret = 'wR7tq0ZnVbXy3mKfLp9sHd2uJc6aGe8T';
    const single = await startServiceFixture({ tokenSecret: secret });
    const home = await newOrganization(single);
    const { text } = await newKey(single, home);
    const jwt = await tokenFor(single, { oid: home, secret: text });
    expect(JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString()).alg).toBe('HS256');
    await single.http.get('/v1/who').auth(jwt, { type: 'bearer' }).expect(200);
    const keySet = await single.http.get('/.well-known/jwks.json').expect(200);
    expect(keySet.body).toEqual({ keys: [] });
    await single.close();
  });
});
