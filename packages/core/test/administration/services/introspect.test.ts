import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { createAuthenticator } from '@flairgate/core';
import {
  createKey,
  createUser,
  exchange,
  introspect,
  joinUser,
  revokeKey,
  revokeServiceKey,
} from '@flairgate/core/administration';
import { keyStoreOf, mintKeyId, mintKeyText, parseIntrospection } from '@flairgate/core/internal';
import { beforeEach, describe, expect, it } from 'vitest';
import { must, OPERATOR, organizationKey, refusal } from '../fixture.js';
import { ISSUER, openServicesFixture, type ServicesFixture } from '../services-fixture.js';

let fleet: ServicesFixture;

beforeEach(async () => {
  fleet = await openServicesFixture();
});

const ask = async (
  token: string,
  more: { readonly organizations?: readonly string[]; readonly address?: string } = {},
) => {
  const { organizations, address } = more;
  const name = `rules ${organizations?.join() ?? 'all'}`;
  const { principal } = await fleet.service({ name: name.slice(0, 60), ...(organizations && { organizations }) });
  return must(await introspect(fleet.fleet, principal, { token, address }));
};

const tokenOf = async (secret: string, fields: { readonly oid?: string; readonly uid?: string }) =>
  must(await exchange(fleet.fleet, { secret, ...fields }, undefined)).jwt;

describe('introspection', () => {
  it('introspection tells of a key what a gate on the database would know', async () => {
    const key = await organizationKey(fleet, fleet.oid, 'vendor[segment]', ['dr.*'], { ranges: ['10.0.0.0/8'] });
    const principal = await fleet.principal(key.text, '10.1.2.3');
    const answer = await ask(key.text);
    expect(answer).toMatchObject({
      active: true,
      iss: ISSUER,
      sub: principal.identity,
      sid: principal.secretId,
      kind: 'organization-key',
      ident: 'vendor[segment]',
      kid: key.keyId,
      ranges: ['10.0.0.0/8'],
      organizations: {
        [fleet.oid]: { permissions: principal.in(fleet.oid)?.permissions, flairs: ['segment'], owner: false },
      },
    });
    expect(answer).not.toHaveProperty('exp');
    expect(answer).not.toHaveProperty('aud');
    expect(parseIntrospection(JSON.parse(JSON.stringify(answer)))).toEqual(answer);
  });

  it('introspection judges ranges itself if the request has the address', async () => {
    const key = await organizationKey(fleet, fleet.oid, 'vendor', [], { ranges: ['10.0.0.0/8'] });
    expect(await ask(key.text, { address: '192.0.2.1' })).toEqual({ active: false });
  });

  it('introspection tells of a token its audience, its end and the change it was read at', async () => {
    const key = await organizationKey(fleet, fleet.oid, 'vendor', ['dr.list']);
    const jwt = await tokenOf(key.text, { oid: fleet.oid });
    expect(await ask(jwt)).toMatchObject({
      active: true,
      aud: 'flairgate',
      kid: key.keyId,
      exp: fleet.clock.wall() / 1000 + 3600,
      inc: fleet.authenticator.revision.incarnation,
      organizations: { [fleet.oid]: { permissions: ['dr.list'] } },
    });
  });

  it('introspection knows nothing of what ended, was never there, is a service, or is not served', async () => {
    const key = await organizationKey(fleet, fleet.oid, 'vendor', ['dr.list']);
    const elsewhere = await organizationKey(fleet, fleet.other, 'theirs', ['dr.list']);
    const jwt = await tokenOf(key.text, { oid: fleet.oid });
    const foreign = await tokenOf(elsewhere.text, { oid: fleet.other });
    const dead = { active: false };
    const organizations = [fleet.oid];
    expect(await ask(elsewhere.text, { organizations })).toEqual(dead);
    must(await revokeKey(fleet.context, OPERATOR, { oid: fleet.oid, keyId: key.keyId }));
    for (const text of [key.text, jwt, `${jwt}x`, 'no-key-of-anybody', '', 'a.b.c', `${jwt.slice(0, -4)}AAAA`]) {
      expect(await ask(text).catch(() => 'thrown')).toEqual(dead);
      await revokeAll();
    }
    await revokeAll();
    expect(await ask(foreign, { organizations })).toEqual(dead);
  });

  /** Service names are taken while their key lives. */
  async function revokeAll(): Promise<void> {
    const keys = await fleet.store.read((tx) => tx.find('key', { kind: 'service', oid: null }));
    for (const { keyId, revokedAt } of keys)
      if (revokedAt === null) must(await revokeServiceKey(fleet.context, OPERATOR, { keyId }));
  }

  it('introspection shows of a user only the organizations served', async () => {
    const { uid } = must(await createUser(fleet.context, OPERATOR, { email: 'ann@acme.example' }));
    for (const oid of [fleet.oid, fleet.other]) {
      must(await joinUser(fleet.context, OPERATOR, { uid, oid, permissions: ['dr.list'] }));
    }
    const key = must(await createKey(fleet.context, OPERATOR, { owner: { kind: 'user', uid }, name: 'laptop' }));
    const jwt = await tokenOf(key.text, { uid });
    const { principal } = await fleet.service({ organizations: [fleet.oid] });
    for (const token of [key.text, jwt]) {
      const answer = must(await introspect(fleet.fleet, principal, { token }));
      expect(answer.active && Object.keys(answer.organizations)).toEqual([fleet.oid]);
      expect(JSON.stringify(answer)).not.toContain(fleet.other);
    }
  });

  it('introspection refuses a service whose key ended, also one that still holds its principal', async () => {
    const key = await organizationKey(fleet, fleet.oid, 'vendor');
    const { principal, keyId } = await fleet.service();
    must(await revokeServiceKey(fleet.context, OPERATOR, { keyId }));
    expect(refusal(await introspect(fleet.fleet, principal, { token: key.text }))).toBe('ERR_KEY_INVALID');
    const vendor = await fleet.principal(key.text);
    expect(refusal(await introspect(fleet.fleet, vendor, { token: key.text }))).toBe('ERR_KEY_INVALID');
  });
});

describe('reading an answer', () => {
  const good = {
    active: true,
    iss: ISSUER,
    sub: 's',
    sid: 'x',
    kind: 'user-key',
    name: 'n',
    ident: 'i',
    organizations: {},
    inc: 'one',
    rev: 3,
  };

  it('an introspection answer that is whole is accepted', () => {
    expect(parseIntrospection(good)).toEqual(good);
    expect(parseIntrospection({ active: false, sub: 7 })).toEqual({ active: false });
  });

  it.each([
    { active: 'true' },
    { active: 1 },
    { sub: '' },
    { kind: 'admin' },
    { kind: 'constructor' },
    { rev: -1 },
    { rev: '3' },
    { exp: '4' },
    { ranges: '10.0.0.0/8' },
    { ranges: [1] },
    { organizations: [] },
    { organizations: { o: { permissions: ['a.b'], flairs: ['strict'], owner: false } } },
    { organizations: { o: { permissions: ['a.b'], flairs: [] } } },
    { actors: 'a' },
  ])('an introspection answer with %j is not understood', (change) => {
    expect(parseIntrospection({ ...good, ...change })).toBeUndefined();
  });
});

describe('look-ups for services', () => {
  it('look-ups for services are bounded together with those of the gate, and a service waits behind itself', async () => {
    const { principal } = await fleet.service({ name: 'flooded' });
    const { principal: quiet } = await fleet.service({ name: 'quiet' });
    const { existenceProbe: _embedded, ...rows } = fleet.store;
    const there: (() => void)[] = [];
    const distant: typeof fleet.store = {
      ...rows,
      read: async (work) => {
        await new Promise<void>((go) => there.push(go));
        return rows.read(work);
      },
    };
    const gate = createAuthenticator({ store: distant, clock: fleet.clock });
    const release = async () => {
      await setImmediate();
      there.shift()?.();
    };
    const syncing = gate.revision.sync();
    await release();
    await syncing;
    const context = { ...fleet.fleet, store: distant, keyVerifier: keyStoreOf(gate)?.keyVerifier };
    const unknown = () => mintKeyText('fg', mintKeyId(randomBytes), randomBytes);
    const order: string[] = [];
    const asked = (who: string, answer: unknown) => Promise.resolve(answer).then(() => order.push(who));
    const flood = Array.from({ length: 40 }, () =>
      asked('flood', introspect(context, principal, { token: unknown() })),
    );
    await setImmediate();
    expect(there).toHaveLength(8);
    const others = [
      asked('service', introspect(context, quiet, { token: unknown() })),
      asked('caller', gate.authenticate({ kind: 'api-key', text: unknown() }, '203.0.113.7')),
    ];
    for (let steps = 0; steps < 100 && order.length < 42; steps += 1) await release();
    await Promise.all([...flood, ...others]);
    for (const who of ['service', 'caller']) expect(order.indexOf(who)).toBeLessThan(8 + 4);
    await gate.close();
  });
});
