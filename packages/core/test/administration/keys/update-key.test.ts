import {
  createKey,
  createOrganization,
  createUser,
  describeKey,
  joinUser,
  type KeyChange,
  listKeys,
  readAudit,
  revokeKey,
  setKeyState,
  updateKey,
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

const HOUR = 3_600_000;

async function newKey(name: string, more: Partial<Parameters<typeof createKey>[2]> = {}) {
  const owner = { kind: 'organization', oid } as const;
  return must(await createKey(setting.context, OPERATOR, { owner, name, permissions: ['dr.list', 'dr.set'], ...more }));
}

/** A key that manages keys, and what is given to it. */
async function manager(more: Partial<Parameters<typeof createKey>[2]> = {}) {
  const made = await newKey('manager', { permissions: ['apikey.ctrl', 'dr.list', 'dr.set'], ...more });
  return setting.actor(made.text, '10.0.0.1');
}

const change = (keyId: string, what: KeyChange, by = OPERATOR, version = '*') =>
  updateKey(setting.context, by, { oid, keyId, version, ...what });

async function entryOf(keyId: string) {
  const { entries } = must(await listKeys(setting.context, OPERATOR, { oid }));
  const found = entries.find(({ key }) => key.keyId === keyId);
  if (found === undefined) throw new Error('no such key');
  return describeKey(found, setting.context.catalogue);
}

const revision = async () => (await setting.store.read((tx) => tx.get('revision', { id: 1 })))?.n;

describe('a change of a key', () => {
  it('a change of a key narrows the permissions at once, and is in the list and the audit', async () => {
    const { keyId, text } = await newKey('ci');
    expect((await setting.principal(text)).in(oid)?.permissions).toEqual(['dr.list', 'dr.set']);
    must(await change(keyId, { permissions: ['dr.list'], description: 'reads' }));
    expect((await setting.principal(text)).in(oid)?.permissions).toEqual(['dr.list']);
    expect(await entryOf(keyId)).toMatchObject({ grants: ['dr.list'], description: 'reads' });
    const { entries } = must(await readAudit(setting.context, OPERATOR, { oid }));
    expect(entries.find(({ action }) => action === 'key.update')).toMatchObject({
      target: keyId,
      details: { name: 'ci', permissions: ['dr.list'], description: 'reads' },
    });
  });

  it('a change of a key keeps what it leaves out', async () => {
    const more = { ranges: ['10.0.0.0/8'], expiresAt: setting.clock.wall() + HOUR, description: 'kept' };
    const { keyId } = await newKey('ci', more);
    const { etag: _, ...before } = await entryOf(keyId);
    must(await change(keyId, { permissions: ['dr.list'] }));
    expect(await entryOf(keyId)).toMatchObject({ ...before, priv: ['dr.list'], grants: ['dr.list'] });
  });

  it.each<[string, KeyChange]>([
    ['permissions', { permissions: [] }],
    ['address ranges', { ranges: ['10.0.0.0/8'] }],
    ['an expiry', { expiresAt: 1_800_000_000_000 + HOUR }],
  ])('a key change of %s is a security change, so that tokens end', async (_, what) => {
    const { keyId } = await newKey('ci');
    const before = await revision();
    must(await change(keyId, what));
    expect(await revision()).toBe(Number(before) + 1);
  });

  it('a change of the description of a key ends no token', async () => {
    const { keyId } = await newKey('ci');
    const before = await revision();
    must(await change(keyId, { description: 'new' }));
    expect((await entryOf(keyId)).description).toBe('new');
    must(await change(keyId, { description: '' }));
    expect((await entryOf(keyId)).description).toBeNull();
    expect(await revision()).toBe(before);
  });

  it('a change of a key that changes nothing is not written', async () => {
    const { keyId } = await newKey('ci');
    must(await change(keyId, { permissions: ['dr.set', 'dr.list'], ranges: [], expiresAt: null }));
    must(await change(keyId, { permissions: ['dr.set', 'dr.list'] }));
    const { entries } = must(await readAudit(setting.context, OPERATOR, { oid }));
    expect(entries.filter(({ action }) => action === 'key.update')).toHaveLength(1);
  });

  it.each([
    ['a permission the key lacks', ['dr.list', 'dr.del'], ['dr.del']],
    ['the family of what the key has', ['dr.*'], ['dr.*']],
  ])('a change of a key does not add %s, even by the operator', async (_, permissions, beyond) => {
    const { keyId } = await newKey('ci');
    const refused = await change(keyId, { permissions });
    expect(refused).toMatchObject({ code: 'ERR_ESCALATION', members: { dimension: 'permissions', beyond } });
    expect((await entryOf(keyId)).grants).toEqual(['dr.list', 'dr.set']);
  });

  it('a change of a key takes single permissions out of a family', async () => {
    const { keyId } = await newKey('ci', { permissions: ['dr.*'] });
    must(await change(keyId, { permissions: ['dr.list'] }));
    expect(refusal(await change(keyId, { permissions: ['dr.*'] }))).toBe('ERR_ESCALATION permissions');
  });
});

describe('the version of a key', () => {
  it('the version of a key must be the one that was read, or any by *', async () => {
    const { keyId } = await newKey('ci');
    const { etag } = await entryOf(keyId);
    must(await change(keyId, { permissions: ['dr.list'] }, OPERATOR, etag));
    expect(refusal(await change(keyId, { permissions: [] }, OPERATOR, etag))).toBe('ERR_ETAG_MISMATCH');
    expect((await entryOf(keyId)).grants).toEqual(['dr.list']);
    must(await change(keyId, { permissions: [] }, OPERATOR, (await entryOf(keyId)).etag));
  });

  it('the version of a key does not change when the key is rotated or disabled', async () => {
    const { keyId } = await newKey('ci');
    const { etag } = await entryOf(keyId);
    must(await setKeyState(setting.context, OPERATOR, { oid, keyId }, 'disabled'));
    expect((await entryOf(keyId)).etag).toBe(etag);
  });
});

describe('a wider range or a later expiry', () => {
  it('a wider range or a later expiry is checked against the key that asks', async () => {
    const by = await manager({ ranges: ['10.0.0.0/8'], expiresAt: setting.clock.wall() + 10 * HOUR });
    const { keyId } = await newKey('ci', { ranges: ['10.0.0.0/16'], expiresAt: setting.clock.wall() + HOUR });
    must(await change(keyId, { ranges: ['10.0.0.0/9'] }, by));
    must(await change(keyId, { expiresAt: setting.clock.wall() + 9 * HOUR }, by));
    for (const [what, dimension] of [
      [{ ranges: [] }, 'ranges'],
      [{ ranges: ['10.0.0.0/7'] }, 'ranges'],
      [{ expiresAt: null }, 'expiry'],
      [{ expiresAt: setting.clock.wall() + 11 * HOUR }, 'expiry'],
    ] as const) {
      expect(await change(keyId, what, by)).toMatchObject({ code: 'ERR_ESCALATION', members: { dimension } });
    }
    must(await change(keyId, { ranges: [], expiresAt: null }));
  });

  it('a wider change of a key with more permissions is refused, while it can be narrowed', async () => {
    const by = await manager();
    const { keyId } = await newKey('ci', { permissions: ['dr.list', 'org.get'], ranges: ['10.0.0.0/8'] });
    expect(refusal(await change(keyId, { ranges: [] }, by))).toBe('ERR_ESCALATION permissions');
    must(await change(keyId, { ranges: ['10.0.0.0/9'] }, by));
    must(await change(keyId, { permissions: ['org.get'] }, by));
  });

  it('a later expiry of a key with the flair secret is for owners and the operator', async () => {
    const by = await manager();
    const { keyId } = await newKey('safe[secret]', { expiresAt: setting.clock.wall() + HOUR });
    const later = { expiresAt: setting.clock.wall() + 2 * HOUR };
    expect(await change(keyId, later, by)).toMatchObject({ code: 'ERR_ESCALATION', members: { dimension: 'secret' } });
    must(await change(keyId, { permissions: ['dr.list'] }, by));
    const { uid } = must(await createUser(setting.context, OPERATOR, { email: 'owner@example.com' }));
    must(
      await joinUser(setting.context, OPERATOR, {
        uid,
        oid,
        role: 'owner',
        permissions: ['apikey.ctrl', 'dr.list', 'dr.set'],
      }),
    );
    const own = must(await createKey(setting.context, OPERATOR, { owner: { kind: 'user', uid }, name: 'laptop' }));
    must(await change(keyId, later, await setting.actor(own.text)));
  });
});

describe('a key that cannot be changed', () => {
  it('a change finds no key that is revoked, expired, of another organization, or hidden from a segmented key', async () => {
    const ended = await newKey('ended');
    must(await revokeKey(setting.context, OPERATOR, { oid, keyId: ended.keyId }));
    const other = must(await createOrganization(setting.context, OPERATOR, { name: 'Other' })).oid;
    const foreign = await organizationKey(setting, other, 'foreign');
    const short = await newKey('short', { expiresAt: setting.clock.wall() + HOUR });
    const plain = await newKey('plain');
    const segmented = await newKey('boss[segment]', { permissions: ['apikey.ctrl', 'dr.list', 'dr.set'] });
    const by = await setting.actor(segmented.text);
    setting.clock.advance(HOUR);
    for (const { keyId } of [ended, foreign, short]) {
      expect(refusal(await change(keyId, { expiresAt: null }))).toBe('ERR_NOT_FOUND');
    }
    expect(refusal(await change(plain.keyId, { permissions: [] }, by))).toBe('ERR_NOT_FOUND');
  });

  it('a change of a key needs apikey.ctrl', async () => {
    const { keyId, text } = await newKey('ci');
    const by = await setting.actor(text);
    expect(refusal(await change(keyId, { permissions: [] }, by))).toBe('ERR_PERMISSION_MISSING');
  });

  it.each<[string, KeyChange]>([
    ['nothing', {}],
    ['an expiry in the past', { expiresAt: 1 }],
    ['no range', { ranges: ['here'] }],
    ['an unknown permission', { permissions: ['dr.lst'] }],
    ['a control character', { description: 'a\u0007' }],
  ])('a change of a key is refused if it is sent %s', async (_, what) => {
    const { keyId } = await newKey('ci');
    expect(refusal(await change(keyId, what))).toBe('ERR_VALIDATION');
  });
});

it("a change of a key changes the bounds of a user's key for that user alone, and never its permissions", async () => {
  const { uid } = must(await createUser(setting.context, OPERATOR, { email: 'person@example.com' }));
  const own = must(await createKey(setting.context, OPERATOR, { owner: { kind: 'user', uid }, name: 'laptop' }));
  const by = await setting.actor(own.text);
  const key = { keyId: own.keyId, version: '*' };
  must(await updateKey(setting.context, by, { ...key, uid, ranges: ['10.0.0.0/8'], description: 'mine' }));
  await expect(setting.principal(own.text, '192.0.2.1')).rejects.toThrow('another address');
  const more = await updateKey(setting.context, OPERATOR, { ...key, permissions: ['dr.list'] });
  expect(refusal(more)).toBe('ERR_ESCALATION permissions');
  const other = must(await createUser(setting.context, OPERATOR, { email: 'other@example.com' }));
  const otherKey = { owner: { kind: 'user', uid: other.uid }, name: 'laptop' } as const;
  const stranger = must(await createKey(setting.context, OPERATOR, otherKey));
  const refused = await updateKey(setting.context, await setting.actor(stranger.text), { ...key, uid, ranges: [] });
  expect(refusal(refused)).toBe('ERR_NOT_FOUND');
});
