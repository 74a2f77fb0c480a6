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

const who = async (text: string) => {
  const { body } = await bench.http.get('/v1/who').set('x-api-key', text).expect(200);
  expectShape(bench, 'GET', '/v1/who', body);
  return body;
};

describe('GET /v1/who', () => {
  it('GET /v1/who gives an organization key orgs and perms, families expanded, never user_perms', async () => {
    const { text } = await newKey(bench, oid, { name: 'ci[bulk]', permissions: ['output.*', 'dr.list'] });
    expect(await who(text)).toEqual({
      ident: 'ci[bulk]',
      orgs: [oid],
      perms: ['dr.list', 'output.del', 'output.list', 'output.set'],
    });
  });

  it('GET /v1/who gives a user of one organization the same form', async () => {
    const { text } = await newUser(bench, [oid]);
    expect(await who(text)).toEqual({ ident: 'laptop@ann@acme.example', orgs: [oid], perms: ['dr.list'] });
  });

  it('GET /v1/who gives a user of several organizations the permissions of each', async () => {
    const other = await newOrganization(bench, 'other');
    const { text } = await newUser(bench, [oid, other]);
    expect(await who(text)).toEqual({
      ident: 'laptop@ann@acme.example',
      user_perms: { [oid]: ['dr.list'], [other]: ['dr.list'] },
    });
  });

  it('GET /v1/who says the same by key and by token, and nothing but the user for oid=-', async () => {
    const { text, uid } = await newUser(bench, [oid]);
    const jwt = await tokenFor(bench, { uid, secret: text });
    const { body } = await bench.http.get('/v1/who').auth(jwt, { type: 'bearer' }).expect(200);
    expect(body).toEqual(await who(text));
    const none = await tokenFor(bench, { uid, oid: '-', secret: text });
    const response = await bench.http.get('/v1/who').auth(none, { type: 'bearer' }).expect(200);
    expect(response.body).toEqual({ ident: 'laptop@ann@acme.example', user_perms: {} });
  });

  it('GET /v1/who answers HEAD like GET, without the body', async () => {
    const { text } = await newKey(bench, oid);
    const get = await bench.http.get('/v1/who').set('x-api-key', text).expect(200);
    const head = await bench.http.head('/v1/who').set('x-api-key', text).expect(200);
    const { date: _a, ...expected } = get.headers;
    const { date: _b, ...headers } = head.headers;
    expect(headers).toEqual(expected);
    expect(head.text).toBeUndefined();
  });

  it('GET /v1/who needs a credential', async () => {
    const response = await bench.http.get('/v1/who');
    expectDenied(response, 401, 'ERR_CREDENTIAL_MISSING');
    expect(response.headers['www-authenticate']).not.toContain('error=');
  });
});
