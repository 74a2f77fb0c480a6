import { createServiceFetch, type OAuthRefusal } from '@flairgate/client';
import { revokeKey, revokeServiceKey } from '@flairgate/core/administration';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRulesFleet } from './rules-fleet.ts';
import {
  AUDIENCE,
  byKey,
  byToken,
  call,
  done,
  heard,
  type Issuer,
  type ManualClock,
  type Member,
  type NewKey,
  OPERATOR,
  startMember,
} from './services-fixture.ts';

let issuer: Issuer;
let rules: Member;
let clock: ManualClock;
let oid: string;
let key: NewKey;

beforeEach(async () => {
  ({ issuer, rules, clock, oid, key } = await startRulesFleet());
});

afterEach(async () => {
  await rules.close();
  await issuer.close();
});

describe('on behalf of a caller', () => {
  let gateway: NewKey;
  let sensors: Member;

  beforeEach(async () => {
    gateway = await issuer.serviceKey({
      name: 'gateway',
      organizations: 'all',
      mayExchange: [{ audience: 'sensors', permissions: ['dr.list', 'sensor.*'] }],
    });
    const third = await issuer.serviceKey({
      name: 'sensors',
      organizations: 'all',
      mayExchange: [{ audience: 'sensors', permissions: ['dr.list'] }],
    });
    sensors = await startMember({
      remote: { url: issuer.url, serviceKey: third.text },
      audience: 'sensors',
      gate: { clock },
    });
  });

  afterEach(() => sensors.close());

  const onBehalf = (more: Partial<Parameters<typeof createServiceFetch>[0]> = {}) =>
    createServiceFetch({ url: issuer.url, serviceKey: gateway.text, audience: 'sensors', ...more });

  it('on behalf of a caller, the third service sees the caller, fewer permissions, and who acts', async () => {
    const fetchSensors = onBehalf();
    const direct = await call(`${rules.url}/me`, byKey(key.text));
    const answer = await fetchSensors({ headers: byKey(key.text) }, `${sensors.url}/me`);
    const body = (await answer.json()) as Record<string, unknown>;
    expect(answer.status).toBe(200);
    expect(body).toEqual({
      ...direct.body,
      via: 'token',
      actors: [expect.any(String)],
      permissions: { [oid]: ['dr.list'] },
    });
    const jwt = await issuer.token({ oid, secret: key.text });
    const again = await fetchSensors({ headers: byToken(jwt), oid }, `${sensors.url}/rules/${oid}`);
    expect(again.status).toBe(200);
  });

  it("a token for one audience is refused at another, and the caller's own at both ends is as before", async () => {
    const jwt = await issuer.token({ oid, secret: key.text });
    expect((await call(`${sensors.url}/me`, byToken(jwt))).status).toBe(401);
    const seen: string[] = [];
    const fetchSensors = onBehalf({
      fetch: (url, init) => {
        seen.push(new Headers(init?.headers).get('authorization') ?? '');
        return fetch(url, init);
      },
    });
    await fetchSensors({ headers: byToken(jwt) }, `${sensors.url}/me`);
    const taken = seen.find((header) => header.startsWith('Bearer ')) ?? '';
    expect((await call(`${sensors.url}/me`, { authorization: taken })).status).toBe(200);
    expect((await call(`${rules.url}/me`, { authorization: taken })).status).toBe(401);
  });

  it('an exchange on behalf of a caller is made once for each caller, and again shortly before the end', async () => {
    let now = Date.now();
    let exchanges = 0;
    const fetchSensors = onBehalf({
      now: () => now,
      fetch: (url, init) => {
        if (String(url).endsWith('/oauth/token')) exchanges += 1;
        return fetch(url, init);
      },
    });
    const other = await issuer.key(oid, 'other', ['dr.list']);
    await Promise.all(Array.from({ length: 5 }, () => fetchSensors({ headers: byKey(key.text) }, `${sensors.url}/me`)));
    expect(exchanges).toBe(1);
    await fetchSensors({ headers: byKey(other.text) }, `${sensors.url}/me`);
    expect(exchanges).toBe(2);
    now += 3_590_000;
    await fetchSensors({ headers: byKey(key.text) }, `${sensors.url}/me`);
    expect(exchanges).toBe(3);
  });

  it("a token on behalf of a caller ends with the caller's key, and with the key of the service that acts", async () => {
    const fetchSensors = onBehalf();
    const second = await issuer.key(oid, 'second', ['dr.list']);
    const status = async (text: string) => (await fetchSensors({ headers: byKey(text) }, `${sensors.url}/me`)).status;
    expect([await status(key.text), await status(second.text)]).toEqual([200, 200]);
    const { administration } = issuer.service.context;
    await done(revokeKey(administration, OPERATOR, { oid, keyId: key.keyId }));
    await heard(issuer, sensors);
    expect(await status(key.text)).toBe(401);
    expect(await status(second.text)).toBe(200);
    await done(revokeServiceKey(administration, OPERATOR, { keyId: gateway.keyId }));
    await heard(issuer, sensors);
    expect(await status(second.text)).toBe(401);
  });

  const exchange = async (fields: Readonly<Record<string, string>>, serviceKey = gateway.text) => {
    const response = await fetch(`${issuer.url}/oauth/token`, {
      method: 'POST',
      headers: byKey(serviceKey),
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: key.text,
        subject_token_type: 'urn:flairgate:params:oauth:token-type:api-key',
        audience: 'sensors',
        ...fields,
      }),
    });
    const body = (await response.json()) as OAuthRefusal & { readonly access_token?: string; readonly scope?: string };
    return { status: response.status, body };
  };

  it.each([
    ['another grant', { grant_type: 'client_credentials' }, 400, 'unsupported_grant_type'],
    ['an audience not in the policy', { audience: AUDIENCE }, 400, 'invalid_target'],
    ['an unknown permission', { scope: 'no.such' }, 400, 'invalid_scope'],
    ['a dead caller', { subject_token: 'fg_nobody0000000000000000' }, 400, 'invalid_request'],
    ['a strange type', { subject_token_type: 'urn:x' }, 400, 'invalid_request'],
    ['an organization of others', { oid: '0f8fad5b-d9cb-469f-a165-70867728950e' }, 400, 'invalid_request'],
    ['an actor token', { actor_token: 'x' }, 400, 'invalid_request'],
  ])('an exchange on behalf of a caller refuses %s in the form of RFC 6749', async (_what, fields, status, error) => {
    const refused = await exchange(fields);
    expect(refused).toEqual({ status, body: { error, error_description: expect.any(String) } });
  });

  it('an exchange on behalf of a caller refuses a caller that is no service as an invalid client', async () => {
    expect(await exchange({}, key.text)).toMatchObject({ status: 401, body: { error: 'invalid_client' } });
    expect(await exchange({}, 'fg_nobody0000000000000000')).toMatchObject({ status: 401 });
    const response = await fetch(`${issuer.url}/oauth/token`, { method: 'POST' });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /);
    expect(await response.json()).toMatchObject({ error: 'invalid_client' });
  });

  it('an exchange on behalf of a caller takes nothing from the query', async () => {
    const response = await fetch(`${issuer.url}/oauth/introspect?token=${key.text}`, {
      method: 'POST',
      headers: byKey(gateway.text),
    });
    const text = await response.text();
    expect(response.status).toBe(400);
    expect(text).not.toContain(key.text);
  });

  it('an exchange on behalf of a caller narrows to the scope asked for, never past the policy', async () => {
    expect((await exchange({ scope: 'dr.list dr.set' })).body.scope).toBe('dr.list');
    expect((await exchange({ scope: 'dr.set' })).body.scope).toBe('');
  });

  it('an exchange on behalf of a caller caps the chain of services', async () => {
    const hop = await issuer.serviceKey({
      name: 'hop',
      organizations: 'all',
      mayExchange: [{ audience: 'hop', permissions: ['dr.list'] }],
    });
    let token = (await exchange({ audience: 'hop' }, hop.text)).body.access_token ?? '';
    const type = 'urn:ietf:params:oauth:token-type:access_token';
    for (let actors = 2; actors <= 4; actors += 1) {
      const next = await exchange({ audience: 'hop', subject_token: token, subject_token_type: type }, hop.text);
      expect(next.status).toBe(200);
      token = next.body.access_token ?? '';
    }
    const fifth = await exchange({ audience: 'hop', subject_token: token, subject_token_type: type }, hop.text);
    expect(fifth).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(fifth.body.error_description).toContain('4');
  });
});
