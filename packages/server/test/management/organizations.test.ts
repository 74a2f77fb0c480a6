import { defaultCatalogue } from '@flairgate/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  expectDenied,
  expectShape,
  newKey,
  newOrganization,
  newUser,
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

describe('POST /v1/orgs/new', () => {
  it.each([
    ['the query, with an empty body that says it is JSON', 'application/json', true],
    ['a form', 'application/x-www-form-urlencoded', false],
  ])('POST /v1/orgs/new makes the calling user the owner; fields in %s', async (_name, type, inQuery) => {
    const { text, uid } = await newUser(bench, [oid]);
    const jwt = await tokenFor(bench, { uid, secret: text });
    const fields = { loc: 'usa', name: 'my new organization' };
    const request = bench.http.post('/v1/orgs/new').auth(jwt, { type: 'bearer' }).type(type);
    const response = await (inQuery ? request.query(fields).set('Content-Length', '0') : request.send(fields));
    expect(response.status).toBe(200);
    expectShape(bench, 'POST', '/v1/orgs/new', response.body);
    const made = response.body.data.oid;
    const who = await bench.http.get('/v1/who').set('x-api-key', text).expect(200);
    expect(who.body.user_perms[made]).toEqual(defaultCatalogue.entries.map(({ name }) => name).sort());
  });

  it('POST /v1/orgs/new is for users only, and says so', async () => {
    const { text } = await newKey(bench, oid);
    const jwt = await tokenFor(bench, { oid, secret: text });
    for (const request of [
      bench.http.post('/v1/orgs/new').set('x-api-key', text),
      bench.http.post('/v1/orgs/new').auth(jwt, { type: 'bearer' }),
    ]) {
      const response = await request.query({ loc: 'usa', name: 'x' }).type('json');
      expectDenied(response, 401, 'ERR_USER_REQUIRED');
      expect(response.body.error).toContain('only a user can create an organization');
    }
  });

  it.each([
    ['no name', {}],
    ['an empty name', { name: '' }],
    ['too long a name', { name: 'x'.repeat(129) }],
    ['a name with a line break', { name: 'a\nb' }],
  ])('POST /v1/orgs/new refuses %s', async (_name, fields) => {
    const { text } = await newUser(bench, [oid]);
    const response = await bench.http.post('/v1/orgs/new').set('x-api-key', text).send(fields);
    expectDenied(response, 400, 'ERR_VALIDATION');
    expect(response.body.issues[0].field).toBe('name');
    expect((await bench.http.get('/v1/who').set('x-api-key', text)).body.orgs).toEqual([oid]);
  });
});

describe('GET /owner_permissions', () => {
  it('GET /owner_permissions lists the whole catalogue to every caller', async () => {
    const { body } = await bench.http.get('/owner_permissions').expect(200);
    expectShape(bench, 'GET', '/owner_permissions', body);
    expect(body.perms).toEqual(defaultCatalogue.entries.map(({ name }) => name));
    expect(body.permissions).toContainEqual({ name: 'apikey.ctrl', description: expect.any(String), privileged: true });
  });
});

describe('POST /user_key_info', () => {
  it('POST /user_key_info lists the organizations of a user key, with names where asked for', async () => {
    const { text: secret, uid } = await newUser(bench, [oid]);
    const plain = await bench.http.post('/user_key_info').type('form').send({ uid, secret }).expect(200);
    expect(plain.body).toEqual({ orgs: [oid] });
    expect(plain.headers['cache-control']).toBe('no-store');
    const named = await bench.http.post('/user_key_info').send({ uid, secret, with_names: true }).expect(200);
    expect(named.body).toEqual({ orgs: [oid], names: { [oid]: 'acme' } });
    expectShape(bench, 'POST', '/user_key_info', named.body);
    const text = await bench.http
      .post('/user_key_info')
      .type('form')
      .send({ uid: uid.toUpperCase(), secret, with_names: 'True' });
    expect(text.body).toEqual(named.body);
  });

  it('POST /user_key_info answers a wrong key, the key of another and of an organization alike', async () => {
    const { text, uid } = await newUser(bench, [oid]);
    const other = await newUser(bench, [oid], { email: 'bob@acme.example' });
    const organization = await newKey(bench, oid);
    const texts = new Set<string>();
    for (const [id, secret] of [
      [uid, 'x'],
      [other.uid, text],
      [uid, organization.text],
      ['x', text],
    ]) {
      const response = await bench.http.post('/user_key_info').type('form').send({ uid: id, secret });
      expectDenied(response, 401, 'ERR_KEY_INVALID');
      texts.add(response.text);
    }
    expect(texts.size).toBe(1);
  });

  it('POST /user_key_info takes no secret from a query unless that is allowed', async () => {
    const { text: secret, uid } = await newUser(bench, [oid]);
    expectDenied(await bench.http.get('/user_key_info').query({ uid, secret }), 405, 'ERR_METHOD');
    const open = await startServiceFixture({ store: bench.administration.store, allowGetExchange: true });
    const { body } = await open.http.get('/user_key_info').query({ uid, secret, with_names: 'true' }).expect(200);
    expect(body).toEqual({ orgs: [oid], names: { [oid]: 'acme' } });
    await open.service.close();
  });
});
