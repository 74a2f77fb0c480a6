import type { Principal } from '@flairgate/core';
import {
  createKey,
  createOrganization,
  createUser,
  joinUser,
  revokeKey,
  rotateKey,
  setKeyState,
} from '@flairgate/core/administration';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  organizationKey,
  refusal,
} from '../fixture.js';

let setting: AdministrationFixture;
let oid: string;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  oid = must(await createOrganization(setting.context, OPERATOR, { name: 'Acme' })).oid;
});

const liveSecrets = async (keyId: string) => {
  const now = setting.clock.wall();
  const rows = await setting.store.read((tx) => tx.find('secret', { keyId }));
  return rows.filter(({ endsAt }) => endsAt === null || endsAt > now).length;
};

describe('a rotation', () => {
  it('a rotation keeps identity and key id, and lets both secrets work until the overlap is over', async () => {
    const first = await organizationKey(setting, oid, 'vendor[secret]');
    const before = await setting.principal(first.text);
    const rotated = must(await rotateKey(setting.context, OPERATOR, { oid, keyId: first.keyId, overlapSeconds: 60 }));
    const after = await setting.principal(rotated.text);
    expect(after).toMatchObject({ identity: before.identity, secretId: before.secretId, keyId: first.keyId });
    expect((await setting.principal(first.text)).identity).toBe(before.identity);
    setting.clock.advance(60_000);
    await expect(setting.principal(first.text)).rejects.toThrow('rotated away');
    expect((await setting.principal(rotated.text)).identity).toBe(before.identity);
  });

  it('a rotation never leaves more than two secrets live', async () => {
    const first = await organizationKey(setting, oid, 'vendor');
    for (let round = 0; round < 4; round++) {
      setting.clock.advance(1);
      must(await rotateKey(setting.context, OPERATOR, { oid, keyId: first.keyId, overlapSeconds: 600 }));
      expect(await liveSecrets(first.keyId)).toBe(2);
    }
    await expect(setting.principal(first.text)).rejects.toThrow('rotated away');
  });

  it('a rotation is open to the key itself, and to no token of it', async () => {
    const own = await organizationKey(setting, oid, 'vendor[secret]', ['dr.list']);
    const actor = await setting.actor(own.text);
    if (actor.kind !== 'principal') throw new Error('no principal');
    const principal: Principal = Object.create(actor.principal, { via: { value: 'token' } });
    const byToken = { ...actor, principal };
    expect(refusal(await rotateKey(setting.context, byToken, { oid, keyId: own.keyId }))).toBe(
      'ERR_PERMISSION_MISSING',
    );
    expect((await rotateKey(setting.context, actor, { oid, keyId: own.keyId })).allowed).toBe(true);
  });

  it.each([
    ['a wider key', 'strong', ['dr.list'], 'ERR_ESCALATION permissions'],
    ['a root key', 'strong[root]', [], 'ERR_ESCALATION root'],
    ['a secret key', 'strong[secret]', [], 'ERR_ESCALATION secret'],
    ['a key no wider than the actor', 'weak', ['fp.ctrl'], 'allowed'],
  ])('rotateKey judges a rotation of %s by a holder of apikey.ctrl', async (_, name, permissions, expected) => {
    const target = await organizationKey(setting, oid, name, permissions);
    const actor = await organizationKey(setting, oid, 'admin', ['apikey.ctrl', 'fp.ctrl']);
    const outcome = await rotateKey(setting.context, await setting.actor(actor.text), { oid, keyId: target.keyId });
    expect(outcome.allowed ? 'allowed' : refusal(outcome)).toBe(expected);
  });

  it('rotateKey finds no ingestion key, for apikey.ctrl or ingestkey.ctrl', async () => {
    const { context } = setting;
    const feed = must(await createKey(context, OPERATOR, { owner: { kind: 'ingestion', oid }, name: 'feed' }));
    const actor = await organizationKey(setting, oid, 'admin', ['apikey.ctrl', 'ingestkey.ctrl']);
    for (const by of [await setting.actor(actor.text), OPERATOR, await setting.actor(feed.text)]) {
      expect(refusal(await rotateKey(context, by, { oid, keyId: feed.keyId }))).toBe('ERR_NOT_FOUND');
      expect((await setKeyState(context, by, { oid, keyId: feed.keyId }, 'disabled')).allowed).toBe(false);
    }
    expect((await setting.principal(feed.text)).kind).toBe('ingestion-key');
  });

  it('a rotation of a revoked key finds nothing and revives nothing', async () => {
    const first = await organizationKey(setting, oid, 'vendor');
    must(await revokeKey(setting.context, OPERATOR, { oid, keyId: first.keyId }));
    expect(refusal(await rotateKey(setting.context, OPERATOR, { oid, keyId: first.keyId }))).toBe('ERR_NOT_FOUND');
    expect(await liveSecrets(first.keyId)).toBe(1);
    await expect(setting.principal(first.text)).rejects.toThrow('revoked');
  });

  it('a user key is rotated by its user alone', async () => {
    const { context } = setting;
    const user = must(await createUser(context, OPERATOR, { email: 'a@example.com' }));
    const other = must(await createUser(context, OPERATOR, { email: 'b@example.com' }));
    const own = must(await createKey(context, OPERATOR, { owner: { kind: 'user', uid: user.uid }, name: 'laptop' }));
    const strange = must(
      await createKey(context, OPERATOR, { owner: { kind: 'user', uid: other.uid }, name: 'laptop' }),
    );
    must(await joinUser(context, OPERATOR, { uid: other.uid, oid, permissions: [], role: 'owner' }));
    const by = async (text: string) => rotateKey(context, await setting.actor(text), { keyId: own.keyId });
    expect(refusal(await by(strange.text))).toBe('ERR_NOT_FOUND');
    expect((await by(own.text)).allowed).toBe(true);
  });

  it.each([
    ['a segmented key', 'weak[segment]', {}, 'ERR_USER_REQUIRED'],
    ['a key bound to addresses', 'weak', { ranges: ['192.0.2.0/24'] }, 'ERR_ESCALATION ranges'],
    ['a key that ends', 'weak', { expiresAt: Date.UTC(2100, 0) }, 'ERR_ESCALATION expiry'],
    ['a key as wide', 'equal', {}, 'allowed'],
  ])('rotateKey judges a rotation of a user key by %s of the same user', async (_, name, bounds, expected) => {
    const { context } = setting;
    const { uid } = must(await createUser(context, OPERATOR, { email: 'a@example.com' }));
    must(await joinUser(context, OPERATOR, { uid, oid, permissions: ['dr.list'] }));
    const owner = { kind: 'user', uid } as const;
    const target = must(await createKey(context, OPERATOR, { owner, name: 'laptop' }));
    const actor = must(await createKey(context, OPERATOR, { owner, name, ...bounds }));
    const outcome = await rotateKey(context, await setting.actor(actor.text, '192.0.2.1'), { keyId: target.keyId });
    expect(outcome.allowed ? 'allowed' : refusal(outcome)).toBe(expected);
  });

  it('a rotation is open to a user key itself, whatever organization it names', async () => {
    const { context } = setting;
    const { uid } = must(await createUser(context, OPERATOR, { email: 'a@example.com' }));
    const own = must(await createKey(context, OPERATOR, { owner: { kind: 'user', uid }, name: 'laptop[segment]' }));
    const actor = await setting.actor(own.text);
    expect((await rotateKey(context, actor, { oid, keyId: own.keyId })).allowed).toBe(true);
  });
});

describe('many at once', () => {
  it('50 rotations, revocations and uses leave at most two live secrets and revive none', async () => {
    const first = await organizationKey(setting, oid, 'vendor');
    const texts = [first.text];
    const rotate = async () => {
      const outcome = await rotateKey(setting.context, OPERATOR, { oid, keyId: first.keyId, overlapSeconds: 60 });
      if (outcome.allowed) texts.push(outcome.value.text);
    };
    const use = () => setting.principal(first.text).catch(() => undefined);
    const early = Array.from({ length: 25 }, rotate);
    const revoked = Promise.race(early).then(() => revokeKey(setting.context, OPERATOR, { oid, keyId: first.keyId }));
    await Promise.all([...early, revoked, ...Array.from({ length: 25 }, use), ...Array.from({ length: 25 }, rotate)]);
    expect(await liveSecrets(first.keyId)).toBeLessThanOrEqual(2);
    expect(texts.length).toBeGreaterThan(1);
    for (const text of texts) await expect(setting.principal(text)).rejects.toThrow('refused');
  });
});

describe('a disabled key', () => {
  it('a disabled key is refused, keeps its name, and works again when enabled', async () => {
    const { context } = setting;
    const made = await organizationKey(setting, oid, 'vendor');
    must(await setKeyState(context, OPERATOR, { oid, keyId: made.keyId }, 'disabled'));
    await expect(setting.principal(made.text)).rejects.toThrow('disabled');
    const again = await createKey(context, OPERATOR, { owner: { kind: 'organization', oid }, name: 'vendor' });
    expect(refusal(again)).toBe('ERR_NAME_TAKEN');
    must(await setKeyState(context, OPERATOR, { oid, keyId: made.keyId }, 'enabled'));
    expect((await setting.principal(made.text)).keyId).toBe(made.keyId);
  });

  it('a disabled key is enabled by no caller who holds less than it does', async () => {
    const { context } = setting;
    const strong = await organizationKey(setting, oid, 'strong[root]', ['dr.list']);
    const admin = await setting.actor((await organizationKey(setting, oid, 'admin', ['apikey.ctrl'])).text);
    expect((await setKeyState(context, admin, { oid, keyId: strong.keyId }, 'disabled')).allowed).toBe(true);
    expect(refusal(await setKeyState(context, admin, { oid, keyId: strong.keyId }, 'enabled'))).toBe(
      'ERR_ESCALATION permissions',
    );
  });
});

describe('last use', () => {
  it('the last use of a key is written per secret, in a batch, forward only', async () => {
    const made = await organizationKey(setting, oid, 'vendor');
    const usedAt = setting.clock.wall();
    await setting.principal(made.text);
    await setting.authenticator.close();
    const rows = await setting.store.read((tx) => tx.find('secret', { keyId: made.keyId }));
    expect(rows.map(({ lastUsedAt }) => lastUsedAt)).toEqual([usedAt]);
  });
});
