import {
  addGroupMember,
  createApiUser,
  createGroup,
  createKey,
  createOrganization,
  deactivateUser,
  deleteGroup,
  deleteUser,
  findOwnerless,
  joinUser,
  listPolicies,
  putPolicy,
  readAudit,
  readPolicy,
  removeUser,
  replaceApiUserKey,
  revokeApiUserKey,
} from '@flairgate/core/administration';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AdministrationFixture, must, OPERATOR, openAdministrationFixture, refusal } from './fixture.js';
import { makeOrganization, makePerson } from './people.js';

let setting: AdministrationFixture;
let oid: string;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  oid = await makeOrganization(setting);
});

const ownerless = () => setting.store.read((tx) => findOwnerless(tx));

describe('containment', () => {
  it.each([
    ['deactivated', deactivateUser],
    ['deleted', deleteUser],
  ])('the last owner of organizations is %s all the same, with every key', async (_, end) => {
    const { context } = setting;
    const thief = await makePerson(setting, 'thief', oid, 'owner');
    const made = must(await createOrganization(context, await thief.actor(), { name: 'Own' }));
    must(await end(context, OPERATOR, { uid: thief.uid }));
    await expect(setting.principal(thief.text)).rejects.toThrow('refused');
    expect((await ownerless()).map((one) => one.oid).sort()).toEqual([oid, made.oid].sort());
    const rescue = await makePerson(setting, 'rescue');
    for (const each of [oid, made.oid]) {
      must(await joinUser(context, OPERATOR, { uid: rescue.uid, oid: each, permissions: [], role: 'owner' }));
    }
    expect(await ownerless()).toEqual([]);
    expect((await setting.principal(rescue.text)).in(oid)?.owner).toBe(true);
  });

  it('an API user that owns an organization loses its key and is deactivated and deleted by its home', async () => {
    const { context } = setting;
    const admin = await makePerson(setting, 'ann', oid, 'owner');
    const strange = await makeOrganization(setting, 'Strange');
    const { uid } = must(await createApiUser(context, OPERATOR, { oid, name: 'sync' }));
    // API users come into no other organization; one that was in it before stays.
    await setting.store.write(async (tx) => {
      await tx.insert('membership', { uid, oid: strange, role: 'owner', permissions: [], accepted: true });
      await tx.insert('consent', { uid, oid: strange, acceptedAt: 0 });
    });
    const key = must(await replaceApiUserKey(context, OPERATOR, { oid, uid }));
    must(await revokeApiUserKey(context, await admin.actor(), { oid, uid }));
    await expect(setting.principal(key.text)).rejects.toThrow('revoked');
    must(await deactivateUser(context, await admin.actor(), { oid, uid }));
    must(await deleteUser(context, await admin.actor(), { oid, uid }));
    expect((await ownerless()).map((one) => one.oid)).toEqual([strange]);
  });

  it('containment leaves alone what the operator made for keys only', async () => {
    expect(await ownerless()).toEqual([]);
    await makePerson(setting, 'bob', oid, ['dr.list']);
    expect((await ownerless()).map((one) => one.oid)).toEqual([oid]);
  });
});

describe('a removal from an organization', () => {
  it('a removal from an organization names the keys that the member made there, in the answer and the audit', async () => {
    const { context } = setting;
    const owner = await makePerson(setting, 'ann', oid, 'owner');
    const other = await makeOrganization(setting, 'Other');
    const bob = await makePerson(setting, 'bob', oid, ['apikey.ctrl', 'ingestkey.ctrl', 'dr.list']);
    must(await joinUser(context, OPERATOR, { uid: bob.uid, oid: other, permissions: ['apikey.ctrl'] }));
    const make = async (kind: 'organization' | 'ingestion', where: string, name: string) =>
      must(await createKey(context, await bob.actor(), { owner: { kind, oid: where }, name }));
    const [left, feed] = [await make('organization', oid, 'left'), await make('ingestion', oid, 'feed')];
    await make('organization', other, 'elsewhere');
    must(await createKey(context, await owner.actor(), { owner: { kind: 'organization', oid }, name: "ann's" }));
    const removed = must(await removeUser(context, await owner.actor(), { oid, email: bob.email }));
    expect(removed.keys.map(({ name }) => name).sort()).toEqual(['feed', 'left']);
    const entries = must(await readAudit(context, OPERATOR, { oid })).entries;
    const details = entries.find(({ action }) => action === 'user.remove')?.details;
    expect(details).toMatchObject({ made: 2, keys: expect.arrayContaining([left.keyId, feed.keyId]) });
  });
});

describe('a group that is deleted', () => {
  it('a deleted group changes no policy of an organization, gives permissions to no user, and is shown nowhere', async () => {
    const { context } = setting;
    const owner = await makePerson(setting, 'ann', oid, 'owner');
    const bob = await makePerson(setting, 'bob', oid, []);
    const eve = await makePerson(setting, 'eve');
    const { gid } = must(await createGroup(context, await eve.actor(), { name: 'strange' }));
    must(await addGroupMember(context, OPERATOR, { gid, email: bob.email }));
    const grants = { [gid]: { company: ['read'] } } as const;
    must(await putPolicy(context, await owner.actor(), { oid, name: 'objects', grants }));
    expect(await bob.permissions(oid)).toContain('company.read');
    const before = await setting.store.read((tx) => tx.find('policy', {}));
    must(await deleteGroup(context, await eve.actor(), { gid }));
    expect(await setting.store.read((tx) => tx.find('policy', {}))).toEqual(before);
    expect(await bob.permissions(oid)).toEqual([]);
    const read = must(await readPolicy(context, await owner.actor(), { oid, name: 'objects' }));
    expect(read).toMatchObject({ grants: {}, version: before[0]?.version });
    expect(must(await listPolicies(context, await owner.actor(), { oid })).entries[0]?.grants).toEqual({});
    const put = await putPolicy(context, await owner.actor(), { oid, name: 'other', grants });
    expect(refusal(put)).toBe('ERR_VALIDATION');
  });
});
