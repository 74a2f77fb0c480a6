import { createServiceKey } from '@flairgate/core/administration';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  claimsOf,
  done,
  expectDenied,
  managing,
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
let key: string;

beforeEach(async () => {
  bench = await startServiceFixture();
  oid = await newOrganization(bench);
  key = (await newKey(bench, oid, { permissions: managing })).text;
});
afterEach(() => bench.close());

const create = (form: string) =>
  bench.http.post(`/v1/orgs/${oid}/keys`).set('x-api-key', key).type('form').send(`key_name=a&perms=dr.list&${form}`);

describe('a field that a route does not know', () => {
  it.each([
    ['allowed_ip_ranges=10.0.0.0/8', 'allowed_ip_ranges', 'allowed_ip_range'],
    ['expiry=1893456000', 'expiry', 'expires'],
    ['permission=dr.set', 'permission', 'perms'],
  ])('a field that a route does not know is refused where a key is created: %s', async (form, field, meant) => {
    const refused = await create(form);
    expectDenied(refused, 400, 'ERR_VALIDATION');
    expect(refused.body.issues[0].field).toBe(field);
    expect(refused.body.error).toContain(`did you mean ${meant}?`);
    expect((await create('')).status).toBe(200);
  });

  it('a field that a route does not know is refused at the exchange, where it would not narrow', async () => {
    const refused = await bench.http.post('/jwt').type('form').send({ oid, secret: key, permissions: 'dr.list' });
    expectDenied(refused, 400, 'ERR_VALIDATION');
    expect(refused.body.error).toContain('did you mean');
    expect(refused.text).not.toContain(key);
  });

  it('a field that a route does not know is refused on a route that takes none of its own', async () => {
    const path = `/v1/orgs/${oid}/keys/x/disable`;
    const refused = await bench.http.post(path).set('x-api-key', key).type('form').send('overlap=1');
    expectDenied(refused, 400, 'ERR_VALIDATION');
    expect(refused.body.error).toContain('overlap: is not known here');
  });

  it.each([
    ['rotate', 'post', (): string => `/v1/orgs/${oid}/keys/x/rotate`, 'overlaps=1', 'overlap'],
    ['ingestion key', 'post', (): string => `/v1/insight/${oid}/ingestion_keys`, 'name=a&names=b', 'name'],
    ['info of a user key', 'post', (): string => '/user_key_info', 'uid=a&secret=b&with_name=1', 'with_names'],
    ['exchange', 'post', (): string => '/jwt', 'oid=a&secret=b&expires=9', 'expiry'],
    ['federation', 'post', (): string => `/v1/orgs/${oid}/federations`, 'name=a&audiences=b', 'audience'],
    ['user permission', 'delete', (): string => `/v1/orgs/${oid}/users/permissions`, 'email=a&perms=b', 'perm'],
    ['user role', 'put', (): string => `/v1/orgs/${oid}/users/role`, 'email=a&roles=b', 'role'],
    ['policy', 'put', (): string => `/v1/orgs/${oid}/policies/a`, 'grant=b', 'grants'],
    ['invitation', 'post', (): string => `/v1/orgs/${oid}/users`, 'email=a&roles=b', 'role'],
  ] as const)('an unknown field is refused with the nearest known one: %s', async (_, verb, path, form, meant) => {
    const all = ['apikey.ctrl', 'ingestkey.ctrl', 'user.ctrl'];
    const manager = (await newKey(bench, oid, { permissions: all, name: 'all' })).text;
    const refused = await bench.http[verb](path()).set('x-api-key', manager).type('form').send(form);
    expectDenied(refused, 400, 'ERR_VALIDATION');
    expect(refused.body.error).toContain(`is not known here; did you mean ${meant}?`);
  });

  it('a field that a route does not know is tolerated where a client of LimaCharlie sends it, and there only', async () => {
    const user = await newUser(bench, [oid], { email: 'boss@acme.example', owner: true });
    const send = (path: string, form: string) =>
      bench.http.post(path).set('x-api-key', user.text).type('form').send(form);
    expect((await send('/v1/orgs/new', 'name=globex&template=rules')).status).toBe(200);
    const { gid } = (await send('/v1/groups', 'name=staff').expect(200)).body;
    await send(`/v1/groups/${gid}/owners`, 'member_email=boss@acme.example&invite_missing=true').expect(200);
    expectDenied(await send('/v1/groups', 'name=others&template=rules'), 400, 'ERR_VALIDATION');
  });

  it('a field that a route does not know is not repeated if it is no plain name', async () => {
    const refused = await create('SECRET-in-the-wrong-place=1');
    expectDenied(refused, 400, 'ERR_VALIDATION');
    expect(refused.text).not.toContain('SECRET');
  });

  it('a field that a route does not know is ignored where nothing is created or narrowed', async () => {
    await bench.http.get(`/v1/orgs/${oid}/keys?fields=all`).set('x-api-key', key).expect(200);
  });
});

describe('a field with brackets', () => {
  it('a field with brackets is the field without them', async () => {
    const made = await create('allowed_ip_range[]=10.0.0.0/8');
    expect(made.status).toBe(200);
    await bench.http.get('/v1/who').set('x-api-key', made.body.api_key).expect(401);
    const body = 'perms[]=dr.list';
    const { jwt } = (await bench.http.post('/jwt').type('form').send(`oid=${oid}&secret=${key}&${body}`).expect(200))
      .body;
    expect(claimsOf(jwt).perms).toEqual(['dr.list']);
  });

  it('a field with brackets is a repetition beside the field itself; lists join', async () => {
    expectDenied(await create('key_name[]=b'), 400, 'ERR_VALIDATION');
    const form = `oid=${oid}&secret=${key}&perms=dr.list&perms[]=dr.set`;
    const { jwt } = (await bench.http.post('/jwt').type('form').send(form).expect(200)).body;
    expect(claimsOf(jwt).perms).toEqual(['dr.list', 'dr.set']);
    expectDenied(await bench.http.post('/jwt').type('form').send(`${form}&oid[]=${oid}`), 400, 'ERR_VALIDATION');
  });
});

describe('an unknown parameter of OAuth', () => {
  it.each([
    ['a near miss', 'scopes=dr.list', 400],
    ['brackets', 'audience[]=next', 400],
    ['anything else', 'client_assertion=x', 200],
  ])('an unknown parameter of OAuth is judged by RFC 6749: %s', async (_, extra, status) => {
    const mayExchange = [{ audience: 'next', permissions: ['dr.list'] }];
    const input = { name: 'rules', organizations: 'all' as const, mayExchange };
    const service = (await done(createServiceKey(bench.administration, operator, input))).text;
    const parameters = new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: await tokenFor(bench, { oid, secret: key }),
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      audience: 'next',
    });
    const answer = await bench.http
      .post('/oauth/token')
      .set('x-api-key', service)
      .type('form')
      .send(`${parameters}&${extra}`);
    expect([answer.status, answer.body.error]).toEqual([status, status === 400 ? 'invalid_request' : undefined]);
  });
});
