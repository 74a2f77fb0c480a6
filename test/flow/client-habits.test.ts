import { memoryStore } from '@flairgate/core';
import { createOrganization, joinUser } from '@flairgate/core/administration';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { done, operator, type RunningService, runService, type Sent, seed } from './running-service.ts';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

let running: RunningService;
let seeded: Awaited<ReturnType<typeof seed>>;
let close: () => Promise<void>;

beforeAll(async () => {
  const store = await memoryStore();
  running = await runService(store, { allowGetExchange: true, keyFormat: 'uuid' });
  seeded = await seed(running);
  close = async () => {
    await running.close();
    await store.close();
  };
});

afterAll(() => close());

/** These clients take any other status for a failure, the Go one even other 2xx. */
async function succeed(call: Sent) {
  const received = await running.send(call);
  expect({ status: received.status, text: received.text }).toMatchObject({ status: 200 });
  expect(received.headers['content-type']).toMatch(/^application\/json/);
  expect(received.headers).not.toHaveProperty('x-ratelimit-quota');
  return received.body;
}

const tokenOf = async (secret: string, more = '') =>
  (await succeed({ method: 'POST', path: '/jwt', headers: FORM, body: `secret=${secret}&oid=${seeded.oid}${more}` }))
    .jwt;

describe("LimaCharlie's Go client", () => {
  it("LimaCharlie's Go client writes bearer in lower case, narrows with perms, and counts expiry in seconds", async () => {
    const { oid, organizationKey } = seeded;
    const jwt = await tokenOf(organizationKey.text, '&expiry=1800&perms=dr.list%2Cdr.set');
    const headers = { Authorization: `bearer ${jwt}`, 'User-Agent': 'limacharlie-sdk' };
    const who = await succeed({ method: 'GET', path: '/v1/who', headers });
    expect(who).toEqual({ ident: 'manager', orgs: [oid], perms: ['dr.list', 'dr.set'] });
  });

  it("LimaCharlie's Go client repeats form fields for lists, sends an id for repeats, and lives on exactly 200", async () => {
    const { oid, organizationKey } = seeded;
    const jwt = await tokenOf(organizationKey.text);
    const headers = { ...FORM, Authorization: `bearer ${jwt}`, 'x-idempotent-key': 'a-b-c' };
    const path = `/v1/orgs/${oid}/keys`;
    const made = await succeed({ method: 'POST', path, headers, body: 'key_name=go&perms=dr.list&perms=dr.set' });
    expect(made).toEqual({ api_key: expect.any(String), key_hash: expect.any(String) });
    const { api_keys: keys } = await succeed({ method: 'GET', path, headers });
    expect(keys[made.key_hash]).toMatchObject({ name: 'go', priv: ['dr.list', 'dr.set'], oid });
    await succeed({ method: 'DELETE', path, headers, body: `key_hash=${made.key_hash}` });
  });
});

describe("LimaCharlie's Python client", () => {
  it("LimaCharlie's Python client sends a form type and an empty body with GET, and a form in the body of DELETE", async () => {
    const { oid, organizationKey } = seeded;
    const jwt = await tokenOf(organizationKey.text);
    const headers = { ...FORM, Authorization: `Bearer ${jwt}`, Connection: 'close', 'Accept-Encoding': 'identity' };
    const empty = { ...headers, 'Content-Length': '0' };
    const who = await succeed({ method: 'GET', path: '/v1/who', headers: empty });
    expect(who.orgs).toContain(oid);
    expect(who.perms).toEqual(expect.arrayContaining(['org.get', 'sensor.list']));
    expect(who).not.toHaveProperty('user_perms');
    const path = `/v1/orgs/${oid}/keys`;
    const { key_hash: hash } = await succeed({
      method: 'POST',
      path,
      headers,
      body: 'key_name=test-cli&perms=org.get',
    });
    expect((await succeed({ method: 'GET', path, headers: empty })).api_keys[hash]?.name).toBe('test-cli');
    await succeed({ method: 'DELETE', path, headers, body: `key_hash=${hash}` });
    expect((await succeed({ method: 'GET', path, headers: empty })).api_keys).not.toHaveProperty(hash);
  });

  it("LimaCharlie's Python client deletes an ingestion key by a name in the query, beside an empty form", async () => {
    const { oid, organizationKey } = seeded;
    const jwt = await tokenOf(organizationKey.text);
    const headers = { ...FORM, Authorization: `Bearer ${jwt}` };
    const empty = { ...headers, 'Content-Length': '0' };
    const path = `/v1/insight/${oid}/ingestion_keys`;
    await succeed({ method: 'POST', path, headers, body: 'name=test-cli' });
    expect((await succeed({ method: 'GET', path, headers: empty })).keys).toHaveProperty('test-cli');
    await succeed({ method: 'DELETE', path: `${path}?name=test-cli`, headers: empty });
    expect((await succeed({ method: 'GET', path, headers: empty })).keys).toEqual({});
  });

  it("LimaCharlie's Python client finds its word in the refusal of a token without organizations", async () => {
    const { organizationKey } = seeded;
    const body = `secret=${organizationKey.text}&oid=-`;
    const { status, text } = await running.send({ method: 'POST', path: '/jwt', headers: FORM, body });
    expect(status).toBe(401);
    expect(text).toMatch(/unauthorized/i);
    expect(text).toContain('unknown api key');
  });
});

describe('the programs of the documentation', () => {
  const orgsNew = '/v1/orgs/new?loc=usa&name=my%20organization';
  const headersWith = (jwt: string) => ({
    Authorization: `Bearer ${jwt}`,
    'Content-Type': 'application/json',
    'Content-Length': '0',
  });

  it('the programs of the documentation exchange a user key by GET and make an organization with an empty body that says JSON', async () => {
    const { uid, userKey } = seeded;
    const { jwt } = await succeed({ method: 'GET', path: `/jwt?uid=${uid}&secret=${userKey.text}` });
    const made = await succeed({ method: 'POST', path: orgsNew, headers: headersWith(jwt) });
    expect(made).toEqual({ data: { oid: expect.stringMatching(/^[0-9a-f-]{36}$/) }, success: true });
  });

  it('the programs of the documentation go on with the token they had, before and after an organization was made or joined', async () => {
    const { uid, oid, userKey } = seeded;
    const { administration } = running.service.context;
    const { jwt } = await succeed({ method: 'GET', path: `/jwt?uid=${uid}&secret=${userKey.text}` });
    const headers = headersWith(jwt);
    const before = await succeed({ method: 'GET', path: `/v1/who?oid=${oid}`, headers });
    for (let time = 0; time < 2; time += 1) await succeed({ method: 'POST', path: orgsNew, headers });
    const elsewhere = await done(createOrganization(administration, operator, { name: 'elsewhere' }));
    await done(joinUser(administration, operator, { uid, oid: elsewhere.oid, permissions: [], role: 'member' }));
    expect(await succeed({ method: 'GET', path: `/v1/who?oid=${oid}`, headers })).toEqual(before);
    const late = await running.send({ method: 'GET', path: `/v1/orgs/${elsewhere.oid}/keys`, headers });
    expect(late.status).toBe(401);
  });

  it('the programs of the documentation are told that an organization key cannot', async () => {
    const { oid, organizationKey } = seeded;
    const { jwt } = await succeed({ method: 'GET', path: `/jwt?oid=${oid}&secret=${organizationKey.text}` });
    const refused = await running.send({ method: 'POST', path: orgsNew, headers: headersWith(jwt) });
    expect(refused.status).toBe(401);
    expect(refused.body.error).toContain('only a user can create an organization');
  });
});
