import { createKey, revokeKey, revokeServiceKey, rotateKey, setKeyState } from '@flairgate/core/administration';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRulesFleet } from './rules-fleet.ts';
import {
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
let service: NewKey;

beforeEach(async () => {
  ({ issuer, rules, clock, oid, key, service } = await startRulesFleet());
});

afterEach(async () => {
  await rules.close();
  await issuer.close();
});

describe('a service without a database', () => {
  it('a service without a database knows a key and a token of it as the same caller, with rights and flairs', async () => {
    const jwt = await issuer.token({ oid, secret: key.text });
    const one = await call(`${rules.url}/rules/${oid}`, byKey(key.text));
    const other = await call(`${rules.url}/rules/${oid}`, byToken(jwt));
    expect([one.status, other.status]).toEqual([200, 200]);
    expect(one.body).toMatchObject({
      kind: 'organization-key',
      ident: 'vendor[segment]',
      via: 'api-key',
      permissions: { [oid]: ['dr.list', 'dr.set'] },
      flairs: { [oid]: ['segment'] },
    });
    expect(other.body).toEqual({ ...one.body, via: 'token' });
  });

  it('a service without a database knows a user in each organization, as the issuer does', async () => {
    const second = await issuer.organization('globex');
    const user = await issuer.user('ann@acme.example', [oid, second], ['dr.list']);
    const jwt = await issuer.token({ uid: user.uid, secret: user.text });
    for (const headers of [byKey(user.text), byToken(jwt)]) {
      const { status, body } = await call(`${rules.url}/me`, headers);
      expect(status).toBe(200);
      expect(body.organizations).toEqual([oid, second].sort());
    }
  });

  it('a service without a database refuses an unknown key and a missing permission, and never takes a token for a key', async () => {
    const poor = await issuer.key(oid, 'poor', ['org.get']);
    const jwt = await issuer.token({ oid, secret: key.text });
    expect(await call(`${rules.url}/me`, byKey('fg_nobody0000000000000000'))).toMatchObject({
      status: 401,
      body: { code: 'ERR_KEY_INVALID' },
    });
    expect(await call(`${rules.url}/rules/${oid}`, byKey(poor.text))).toMatchObject({
      status: 401,
      body: { code: 'ERR_PERMISSION_MISSING', missing: ['dr.list'] },
    });
    for (const text of [jwt, 'k'.repeat(200), 'k'.repeat(4000)]) {
      const { status } = await call(`${rules.url}/me`, byKey(text));
      expect([400, 401]).toContain(status);
    }
  });

  it('a service without a database takes service and ingestion keys for no caller', async () => {
    const { administration } = issuer.service.context;
    const push = await done(createKey(administration, OPERATOR, { owner: { kind: 'ingestion', oid }, name: 'push' }));
    for (const text of [service.text, push.text]) {
      expect(await call(`${rules.url}/me`, byKey(text))).toMatchObject({ status: 401 });
    }
  });

  it('a service without a database judges address ranges by the address of its own caller', async () => {
    const here = await issuer.key(oid, 'here', ['dr.list'], ['127.0.0.0/8']);
    const elsewhere = await issuer.key(oid, 'elsewhere', ['dr.list'], ['10.0.0.0/8']);
    expect((await call(`${rules.url}/me`, byKey(here.text))).status).toBe(200);
    expect((await call(`${rules.url}/me`, byKey(elsewhere.text))).status).toBe(401);
  });

  it('a service without a database asks once for many callers with one key', async () => {
    const asked: string[] = [];
    const counting = await startMember({
      remote: {
        url: issuer.url,
        serviceKey: service.text,
        fetch: (url, init) => {
          asked.push(new URL(url).pathname);
          return fetch(url, init);
        },
      },
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => call(`${counting.url}/me`, byKey(key.text))));
    await call(`${counting.url}/me`, byKey(key.text));
    await counting.close();
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(asked.filter((path) => path === '/oauth/introspect')).toHaveLength(1);
  });

  it('a service without a database ignores headers that look like an identity', async () => {
    const forged = {
      'x-user': 'root',
      'x-auth-request-user': 'root',
      'x-flairgate-principal': '{"kind":"user"}',
      'x-forwarded-user': 'root',
      'x-oid': oid,
      forwarded: 'for=10.0.0.1',
    };
    expect(await call(`${rules.url}/me`, forged)).toMatchObject({
      status: 401,
      body: { code: 'ERR_CREDENTIAL_MISSING' },
    });
    const plain = await call(`${rules.url}/me`, byKey(key.text));
    const dressed = await call(`${rules.url}/me`, { ...byKey(key.text), ...forged });
    expect(dressed).toEqual(plain);
  });
});

describe('a change at the issuer', () => {
  type Change = () => Promise<unknown>;
  const changes: readonly (readonly [string, Change])[] = [
    ['revoked', () => done(revokeKey(issuer.service.context.administration, OPERATOR, { oid, keyId: key.keyId }))],
    [
      'disabled',
      () => {
        const { administration } = issuer.service.context;
        return done(setKeyState(administration, OPERATOR, { oid, keyId: key.keyId }, 'disabled'));
      },
    ],
    [
      'rotated without overlap',
      () =>
        done(rotateKey(issuer.service.context.administration, OPERATOR, { oid, keyId: key.keyId, overlapSeconds: 0 })),
    ],
  ];

  it.each(changes)(
    'a change at the issuer reaches the service: a key that was %s is refused, and its token',
    async (_what, change) => {
      const jwt = await issuer.token({ oid, secret: key.text });
      for (const headers of [byKey(key.text), byToken(jwt)]) {
        expect((await call(`${rules.url}/me`, headers)).status).toBe(200);
      }
      await change();
      await heard(issuer, rules);
      expect(await call(`${rules.url}/me`, byKey(key.text))).toMatchObject({ status: 401 });
      expect(await call(`${rules.url}/me`, byToken(jwt))).toMatchObject({ status: 401 });
    },
  );

  it('a change at the issuer counts at the next pull where nothing comes of the feed', async () => {
    let cut = true;
    const deaf = await startMember({
      remote: {
        url: issuer.url,
        serviceKey: service.text,
        fetch: (url, init) => {
          if (cut && url.includes('wait=')) return Promise.reject(new Error('cut'));
          return fetch(url, init);
        },
      },
      gate: { clock },
    });
    expect((await call(`${deaf.url}/me`, byKey(key.text))).status).toBe(200);
    await done(revokeKey(issuer.service.context.administration, OPERATOR, { oid, keyId: key.keyId }));
    expect((await call(`${deaf.url}/me`, byKey(key.text))).status).toBe(200);
    await deaf.gate.authenticator.revision.sync();
    expect((await call(`${deaf.url}/me`, byKey(key.text))).status).toBe(401);
    cut = false;
    await deaf.close();
  });

  it('a change at the issuer leaves other keys alone', async () => {
    const other = await issuer.key(oid, 'other', ['dr.list']);
    expect((await call(`${rules.url}/me`, byKey(other.text))).status).toBe(200);
    await done(revokeKey(issuer.service.context.administration, OPERATOR, { oid, keyId: key.keyId }));
    await heard(issuer, rules);
    expect((await call(`${rules.url}/me`, byKey(other.text))).status).toBe(200);
  });
});

describe('while the issuer is gone', () => {
  it('while the issuer is gone, a known caller is let in until the bound, then answered 503, and a new one 503 from the start', async () => {
    const jwt = await issuer.token({ oid, secret: key.text });
    const late = await issuer.key(oid, 'late', ['dr.list']);
    for (const headers of [byKey(key.text), byToken(jwt)]) {
      expect((await call(`${rules.url}/me`, headers)).status).toBe(200);
    }
    const { revision } = rules.gate.authenticator;
    await revision.sync();
    await issuer.close();
    clock.advance(29_000);
    expect((await call(`${rules.url}/me`, byKey(key.text))).status).toBe(200);
    expect((await call(`${rules.url}/me`, byToken(jwt))).status).toBe(200);
    expect(await call(`${rules.url}/me`, byKey(late.text))).toMatchObject({
      status: 503,
      body: { code: 'ERR_STORE_UNAVAILABLE' },
    });
    clock.advance(1001);
    for (const headers of [byKey(key.text), byToken(jwt), byKey('fg_nobody0000000000000000')]) {
      expect(await call(`${rules.url}/me`, headers)).toMatchObject({
        status: 503,
        body: { code: 'ERR_STORE_UNAVAILABLE' },
      });
    }
  });

  it('a service that never reached its issuer lets no caller in, and says 503', async () => {
    const lost = await startMember({ remote: { url: 'http://127.0.0.1:9', serviceKey: service.text } });
    expect((await call(`${lost.url}/me`, byKey(key.text))).status).toBe(503);
    await lost.close();
  });

  it('a service whose key was revoked knows no caller: 503, never 401', async () => {
    const other = await issuer.serviceKey({ name: 'other', organizations: 'all', mayExchange: [] });
    const member = await startMember({ remote: { url: issuer.url, serviceKey: other.text }, gate: { clock } });
    expect((await call(`${member.url}/me`, byKey(key.text))).status).toBe(200);
    await done(revokeServiceKey(issuer.service.context.administration, OPERATOR, { keyId: other.keyId }));
    clock.advance(31_000);
    expect((await call(`${member.url}/me`, byKey(key.text))).status).toBe(503);
    await member.close();
  });

  it.each([
    ['an error', () => new Response('{}', { status: 500 })],
    ['no JSON', () => new Response('ok')],
    ['another protocol', () => Response.json({ protocol: 2 })],
    ['a redirect', () => Response.redirect('https://elsewhere.example/', 302)],
  ])('no caller is refused for it while the issuer is gone or answers with %s', async (_what, respond) => {
    const member = await startMember({
      remote: { url: issuer.url, serviceKey: service.text, fetch: async () => respond() },
    });
    expect((await call(`${member.url}/me`, byKey(key.text))).status).toBe(503);
    await member.close();
  });
});

describe('a service that serves one organization', () => {
  let narrow: NewKey;
  let member: Member;
  let second: string;
  let theirs: NewKey;

  beforeEach(async () => {
    narrow = await issuer.serviceKey({ name: 'narrow', organizations: [oid], mayExchange: [] });
    member = await startMember({ remote: { url: issuer.url, serviceKey: narrow.text }, gate: { clock } });
    second = await issuer.organization('globex');
    theirs = await issuer.key(second, 'theirs', ['dr.list']);
  });

  afterEach(() => member.close());

  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${issuer.url}${path}`, { ...init, headers: byKey(narrow.text) });
    return { status: response.status, text: await response.text() };
  };
  const introspect = (token: string) =>
    ask('/oauth/introspect', { method: 'POST', body: new URLSearchParams({ token }) });

  it('a service that serves one organization learns of a key elsewhere what it learns of one that never was', async () => {
    const jwt = await issuer.token({ oid: second, secret: theirs.text });
    const never = await introspect('fg_nobody0000000000000000');
    expect(await introspect(theirs.text)).toEqual(never);
    expect(await introspect(jwt)).toEqual(never);
    expect(never.text).toBe('{"active":false}');
    expect((await introspect(key.text)).text).toContain(oid);
  });

  it('a service that serves one organization lets no caller in from elsewhere, and a user only where it serves', async () => {
    const user = await issuer.user('ann@acme.example', [oid, second], ['dr.list']);
    const foreign = await issuer.token({ oid: second, secret: theirs.text });
    const both = await issuer.token({ uid: user.uid, secret: user.text });
    for (const headers of [byKey(theirs.text), byToken(foreign)]) {
      expect((await call(`${member.url}/me`, headers)).status).toBe(401);
    }
    for (const headers of [byKey(user.text), byToken(both)]) {
      const { status, body } = await call(`${member.url}/me`, headers);
      expect({ status, organizations: body.organizations }).toEqual({ status: 200, organizations: [oid] });
    }
  });

  it('a service that serves one organization is told of no change elsewhere', async () => {
    await done(revokeKey(issuer.service.context.administration, OPERATOR, { oid: second, keyId: theirs.keyId }));
    await done(revokeKey(issuer.service.context.administration, OPERATOR, { oid, keyId: key.keyId }));
    const { text } = await ask('/v1/changes');
    expect(text).not.toContain(second);
    expect(text).not.toContain(theirs.keyId);
    expect(text).toContain(key.keyId);
    expect(JSON.parse(text)).toMatchObject({ protocol: 1, organizations: [oid], more: false, ageMs: 0 });
  });
});
