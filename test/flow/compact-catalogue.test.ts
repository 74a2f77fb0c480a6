import { createCatalogue, defaultCatalogue } from '@flairgate/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  byToken,
  call,
  type Issuer,
  type ManualClock,
  type Member,
  manualClock,
  startIssuer,
  startMember,
} from './services-fixture.ts';

const CATALOGUE = '/.well-known/flairgate-catalogue/';

let issuer: Issuer;
let rules: Member;
let clock: ManualClock;
let isDown: boolean;
let asked: string[];
let oids: readonly string[];
let token: () => Promise<string>;

beforeEach(async () => {
  issuer = await startIssuer({ compactAboveBytes: 1 });
  clock = manualClock();
  isDown = false;
  asked = [];
  oids = [await issuer.organization('acme'), await issuer.organization('globex')];
  const user = await issuer.user('ann@acme.example', oids, ['dr.list', 'dr.set']);
  token = () => issuer.token({ uid: user.uid, secret: user.text });
  const service = await issuer.serviceKey({ name: 'rules', organizations: 'all', mayExchange: [] });
  rules = await startMember({
    remote: {
      url: issuer.url,
      serviceKey: service.text,
      fetch: (url, init) => {
        if (!url.includes(CATALOGUE)) return fetch(url, init);
        asked.push(url);
        return isDown ? Promise.reject(new Error('down')) : fetch(url, init);
      },
    },
    // Another order, so that the bits of the issuer's tokens mean nothing here without its list.
    gate: { clock, catalogue: createCatalogue(defaultCatalogue.entries.toReversed()) },
  });
});

afterEach(async () => {
  await rules.close();
  await issuer.close();
});

describe('a compact token at a service with another catalogue', () => {
  it('a compact token at a service with another catalogue means what it does at its issuer, by the list fetched once', async () => {
    const tokens = [await token(), await token(), await token()];
    const payload = JSON.parse(Buffer.from(tokens[0]?.split('.')[1] ?? '', 'base64url').toString());
    expect(payload).toHaveProperty('cmp');
    expect(payload).not.toHaveProperty('oid');
    const answers = await Promise.all(tokens.map((jwt) => call(`${rules.url}/rules/${oids[1]}`, byToken(jwt))));
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body.organizations).toEqual(oids.toSorted());
      for (const permissions of Object.values(body.permissions ?? {})) {
        expect([...permissions].sort()).toEqual(['dr.list', 'dr.set']);
      }
    }
    expect((await call(`${rules.url}/me`, byToken(await token()))).status).toBe(200);
    expect(asked).toEqual([`${issuer.url}${CATALOGUE}${defaultCatalogue.digest}`]);
  });

  it('a compact token is 503 while its catalogue cannot be had, without a fetch for each call, and 200 when it can', async () => {
    isDown = true;
    const jwt = await token();
    for (let time = 0; time < 5; time += 1) {
      expect(await call(`${rules.url}/me`, byToken(jwt))).toMatchObject({
        status: 503,
        body: { code: 'ERR_KEY_SET_UNAVAILABLE' },
      });
    }
    expect(asked).toHaveLength(1);
    isDown = false;
    clock.advance(5000);
    expect((await call(`${rules.url}/me`, byToken(jwt))).status).toBe(200);
    expect(asked).toHaveLength(2);
  });

  it('a compact token with a wrong signature causes no fetch', async () => {
    const [header, payload] = (await token()).split('.');
    const jwt = `${header}.${payload}.${Buffer.alloc(64, 1).toString('base64url')}`;
    expect((await call(`${rules.url}/me`, byToken(jwt))).status).toBe(401);
    expect(asked).toEqual([]);
  });
});
