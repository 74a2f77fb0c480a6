import { createAuthenticator, isDenial, OptionError, UnavailableError } from '@flairgate/core';
import { createKey, createOrganization, createUser, joinUser, revokeKey } from '@flairgate/core/administration';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  organizationKey,
} from '../administration/fixture.js';

let setting: AdministrationFixture;
let oid: string;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  oid = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' })).oid;
});

const apiKey = (text: string) => ({ kind: 'api-key', text }) as const;

describe('identify', () => {
  it('an authenticator gives the principal with its flairs and expanded permissions', async () => {
    const made = await organizationKey(setting, oid, 'vendor[segment][lock]', ['output.*']);
    const principal = await setting.principal(made.text);
    expect(principal).toMatchObject({ kind: 'organization-key', name: 'vendor[segment][lock]', organizations: [oid] });
    expect(principal.in(oid)).toMatchObject({
      permissions: ['output.del', 'output.list', 'output.set'],
      flairs: ['lock', 'segment'],
      segment: true,
      lock: true,
      secret: false,
      root: false,
    });
    expect(principal.in('00000000-0000-4000-8000-000000000000')).toBeUndefined();
  });

  it('an authenticator gives the same frozen principal to every request', async () => {
    const made = await organizationKey(setting, oid, 'vendor');
    const first = await setting.principal(made.text);
    expect(await setting.principal(made.text)).toBe(first);
    expect(setting.authenticator.getCached(apiKey(made.text), undefined)).toBe(first);
    expect(
      Object.isFrozen(first) && Object.isFrozen(first.in(oid)) && Object.isFrozen(first.in(oid)?.permissions),
    ).toBe(true);
  });

  it('an authenticator reads once for many callers that come together', async () => {
    const made = await organizationKey(setting, oid, 'vendor');
    const all = await Promise.all(Array.from({ length: 20 }, () => setting.principal(made.text)));
    expect(new Set(all).size).toBe(1);
  });

  it('an authenticator answers unknown, revoked, expired and wrong address with the same words', async () => {
    const { context, clock, authenticator } = setting;
    const revoked = await organizationKey(setting, oid, 'revoked');
    must(await revokeKey(context, OPERATOR, { oid, keyId: revoked.keyId }));
    const expired = await organizationKey(setting, oid, 'expired', [], { expiresAt: clock.wall() + 1 });
    const bound = await organizationKey(setting, oid, 'bound', [], { ranges: ['192.0.2.0/24'] });
    clock.advance(1);
    const told = [];
    for (const text of ['fg_unknown', revoked.text, expired.text, bound.text]) {
      const denial = await authenticator.authenticate(apiKey(text), '198.51.100.1');
      if (!isDenial(denial)) throw new Error('was let in');
      const { reason, ...shown } = denial;
      told.push(JSON.stringify(shown));
      expect(reason).toMatch(/^key /);
    }
    expect(new Set(told).size).toBe(1);
  });

  it('an authenticator never finds a key that is sent as a token', async () => {
    const made = await organizationKey(setting, oid, 'vendor');
    await setting.principal(made.text);
    const denial = await setting.authenticator.authenticate({ kind: 'bearer', text: made.text }, undefined);
    expect(isDenial(denial) && denial.code).toBe('ERR_TOKEN_INVALID');
  });

  it('an authenticator judges the address at every use, not only at the first', async () => {
    const made = await organizationKey(setting, oid, 'bound', [], { ranges: ['192.0.2.0/24'] });
    await setting.principal(made.text, '192.0.2.1');
    expect(setting.authenticator.getCached(apiKey(made.text), '198.51.100.1')).toBeUndefined();
    expect(isDenial(await setting.authenticator.authenticate(apiKey(made.text), '198.51.100.1'))).toBe(true);
    expect(isDenial(await setting.authenticator.authenticate(apiKey(made.text), undefined))).toBe(true);
  });
});

describe('a change counts at the next use', () => {
  it('a revoked key is refused at the next use, and its signal is aborted', async () => {
    const made = await organizationKey(setting, oid, 'vendor');
    const principal = await setting.principal(made.text);
    const { signal } = principal;
    expect(signal.aborted).toBe(false);
    must(await revokeKey(setting.context, OPERATOR, { oid, keyId: made.keyId }));
    expect(setting.authenticator.getCached(apiKey(made.text), undefined)).toBeUndefined();
    await expect(setting.principal(made.text)).rejects.toThrow('revoked');
    expect(signal.aborted).toBe(true);
  });

  it('a change of a membership counts at the next use of a user key', async () => {
    const { context } = setting;
    const user = must(await createUser(context, OPERATOR, { email: 'person@example.com' }));
    const made = must(
      await createKey(context, OPERATOR, { owner: { kind: 'user', uid: user.uid }, name: 'laptop[root]' }),
    );
    expect((await setting.principal(made.text)).organizations).toEqual([]);
    must(await joinUser(context, OPERATOR, { uid: user.uid, oid, permissions: ['dr.list'] }));
    expect((await setting.principal(made.text)).in(oid)).toMatchObject({ permissions: ['dr.list'], root: false });
    must(await joinUser(context, OPERATOR, { uid: user.uid, oid, permissions: [], role: 'owner' }));
    expect((await setting.principal(made.text)).in(oid)).toMatchObject({ owner: true, root: true });
  });

  it('a cached key stays after a change of another key', async () => {
    const made = await organizationKey(setting, oid, 'vendor');
    const principal = await setting.principal(made.text);
    await organizationKey(setting, oid, 'other');
    expect(await setting.principal(made.text)).toBe(principal);
  });

  it('an expired key is refused at the next use', async () => {
    const made = await organizationKey(setting, oid, 'vendor', [], { expiresAt: setting.clock.wall() + 5 });
    await setting.principal(made.text);
    setting.clock.advance(5);
    await expect(setting.principal(made.text)).rejects.toThrow('expired');
  });
});

describe('stop', () => {
  it('an authenticator ends though the store is closed already and a last use could not be written down', async () => {
    const { store, clock } = setting;
    const made = await organizationKey(setting, oid, 'vendor');
    const down = { closed: false, writes: 0 };
    const write: typeof store.write = (work) => {
      if (!down.closed) return store.write(work);
      down.writes += 1;
      return Promise.reject(new UnavailableError('store', new Error('closed')));
    };
    const authenticator = createAuthenticator({ store: { ...store, write }, clock });
    expect(isDenial(await authenticator.authenticate(apiKey(made.text), undefined))).toBe(false);
    down.closed = true;
    await authenticator.close();
    expect(down.writes).toBe(1);
  });
});

describe('options', () => {
  it('createAuthenticator refuses a misspelt option with the nearest', () => {
    const options = { store: setting.store, maxStalenesSeconds: 3 };
    expect(() => createAuthenticator(options)).toThrow(OptionError);
    expect(() => createAuthenticator(options)).toThrow('maxStalenessSeconds');
  });
});
