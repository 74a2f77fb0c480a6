import {
  acceptInvitation,
  addGroupMember,
  addGroupOrganization,
  addGroupOwner,
  createGroup,
  deleteGroup,
  inviteUser,
  listInvitations,
  nestGroup,
  putPolicy,
  removeGroupOrganization,
  revokePermissions,
  setGroupPermissions,
  unnestGroup,
} from '@flairgate/core/administration';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type AdministrationFixture,
  must,
  openAdministrationFixture,
} from '../../packages/core/test/administration/fixture.js';
import { makeOrganization, makePerson, type Person } from '../../packages/core/test/administration/people.js';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';
import { sampleRows } from '../../packages/stores/test/sample-rows.js';
import { countingStore } from './counting-store.ts';

const kinds = await kindsToTest(['memory', 'sqlite', 'postgres']);

describe.each(kinds)('what nested groups offer, on %s,', (kind) => {
  let database: TestDatabase;
  let setting: AdministrationFixture;
  let oid: string;
  let owner: Person;
  let guest: Person;

  beforeEach(async () => {
    database = await makeDatabase(kind);
    setting = await openAdministrationFixture(await database.open());
    oid = await makeOrganization(setting);
    owner = await makePerson(setting, 'owner', oid, 'owner');
    guest = await makePerson(setting, 'guest');
  });
  afterEach(async () => {
    await setting.authenticator.close();
    await database.remove();
  });

  const offered = async () =>
    must(await listInvitations(setting.context, await guest.actor())).entries.map((entry) => entry.oid);
  const make = async (name: string) => must(await createGroup(setting.context, await owner.actor(), { name })).gid;

  /** Makes three groups, each inside the one before: the first gives something, and the guest is in the last. */
  async function nest(): Promise<{ readonly outer: string; readonly middle: string; readonly inner: string }> {
    const { context } = setting;
    const actor = await owner.actor();
    const [outer, middle, inner] = [await make('Outer'), await make('Middle'), await make('Inner')];
    must(await setGroupPermissions(context, actor, { gid: outer, permissions: ['dr.list'] }));
    must(await addGroupOrganization(context, actor, { gid: outer, oid }));
    must(await addGroupMember(context, actor, { gid: inner, email: guest.email }));
    must(await nestGroup(context, actor, { gid: middle, child: inner }));
    expect(await offered()).toEqual([]);
    must(await nestGroup(context, actor, { gid: outer, child: middle }));
    expect(await offered()).toEqual([oid]);
    return { outer, middle, inner };
  }

  test('what nested groups offer is gone when a group between is taken out', async () => {
    const { outer, middle } = await nest();
    must(await unnestGroup(setting.context, await owner.actor(), { gid: outer, child: middle }));
    expect(await offered()).toEqual([]);
    must(await nestGroup(setting.context, await owner.actor(), { gid: outer, child: middle }));
    expect(await offered()).toEqual([oid]);
  });

  test('what nested groups offer is gone when the outermost group or one between is deleted', async () => {
    const { outer, middle } = await nest();
    const actor = await owner.actor();
    must(await deleteGroup(setting.context, actor, { gid: middle }));
    expect(await offered()).toEqual([]);
    must(await deleteGroup(setting.context, actor, { gid: outer }));
    const other = await nest();
    must(await deleteGroup(setting.context, actor, { gid: other.outer }));
    expect(await offered()).toEqual([]);
  });

  test('what nested groups offer is gone when the organization is detached from the outermost group', async () => {
    const { outer } = await nest();
    must(await removeGroupOrganization(setting.context, await owner.actor(), { gid: outer, oid }));
    expect(await offered()).toEqual([]);
    must(await addGroupOrganization(setting.context, await owner.actor(), { gid: outer, oid }));
    expect(await offered()).toEqual([oid]);
  });

  test('what nested groups offer stays while the guest is given it in another way, by a group or by a membership', async () => {
    const { context } = setting;
    const actor = await owner.actor();
    const { outer, middle, inner } = await nest();
    const second = await make('Second');
    must(await addGroupOrganization(context, actor, { gid: second, oid }));
    must(await nestGroup(context, actor, { gid: second, child: inner }));
    must(await unnestGroup(context, actor, { gid: outer, child: middle }));
    expect(await offered()).toEqual([oid]);
    must(await inviteUser(context, actor, { oid, email: guest.email }));
    must(await deleteGroup(context, actor, { gid: second }));
    expect(await offered()).toEqual([oid]);
    must(await acceptInvitation(context, await guest.actor(), { oid }));
    expect(await guest.permissions(oid)).toEqual([]);
  });

  test('what a group offers is gone everywhere once the guest loses the place in the group', async () => {
    const { context } = setting;
    const admin = await makePerson(setting, 'admin', oid, ['user.ctrl', 'dr.list']);
    const second = await makeOrganization(setting, 'Second');
    const partner = await makePerson(setting, 'partner', second, 'owner');
    const by = await admin.actor();
    const { gid } = must(await createGroup(context, by, { name: 'Shared' }));
    must(await setGroupPermissions(context, by, { gid, permissions: ['dr.list'] }));
    must(await addGroupOrganization(context, by, { gid, oid }));
    must(await addGroupMember(context, by, { gid, email: guest.email }));
    must(await addGroupOwner(context, by, { gid, email: partner.email }));
    must(await addGroupOrganization(context, await partner.actor(), { gid, oid: second }));
    expect((await offered()).toSorted()).toEqual([oid, second].toSorted());
    const narrowed = { oid, email: admin.email, permissions: ['dr.list'] };
    must(await revokePermissions(context, await owner.actor(), narrowed));
    must(await inviteUser(context, await owner.actor(), { oid, email: guest.email }));
    must(await acceptInvitation(context, await guest.actor(), { oid }));
    expect(await offered()).toEqual([]);
  });

  test('what nested groups offer applies on acceptance to a guest whom others have put into many groups', async () => {
    const { context, store } = setting;
    const actor = await owner.actor();
    await nest();
    const named = await make('Named');
    must(await addGroupMember(context, actor, { gid: named, email: guest.email }));
    must(await putPolicy(context, actor, { oid, name: 'p', grants: { [named]: { deal: ['read'] } } }));
    await store.write((tx) =>
      tx.insertAll(
        'groupMember',
        Array.from({ length: 150 }, (_, at) => ({
          ...sampleRows.groupMember,
          gid: `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`,
          uid: guest.uid,
          accepted: false,
        })),
      ),
    );
    must(await acceptInvitation(context, await guest.actor(), { oid }));
    expect(await guest.permissions(oid)).toEqual(['deal.read', 'dr.list']);
  });

  test('what nested groups offer is accepted by few rows, whatever policies the organization has', async () => {
    const { store } = setting;
    const counting = countingStore(store);
    const context = { ...setting.context, store: counting.store };
    await nest();
    const grants = { [crypto.randomUUID()]: { deal: ['read' as const] } };
    await store.write((tx) =>
      tx.insertAll(
        'policy',
        Array.from({ length: 1000 }, (_, at) => ({ oid, name: `p${at}`, grants, version: 1 })),
      ),
    );
    const by = await guest.actor();
    counting.take();
    must(await acceptInvitation(context, by, { oid }));
    expect(counting.take().readUnderLock).toBeLessThanOrEqual(60);
    expect(await guest.permissions(oid)).toEqual(['dr.list']);
  });
});

describe.each(kinds.filter((kind) => kind !== 'memory'))('a group over its limits, on %s,', (kind) => {
  const MEMBERS = 10_001;

  test('a group over its limits is narrowed for all its users at once, by few rows', { timeout: 60_000 }, async () => {
    const database = await makeDatabase(kind);
    const setting = await openAdministrationFixture(await database.open());
    const { store } = setting;
    const counting = countingStore(store);
    const context = { ...setting.context, store: counting.store };
    const oid = await makeOrganization(setting);
    const named = await makeOrganization(setting, 'Named');
    const other = await makeOrganization(setting, 'Other');
    const owner = await makePerson(setting, 'owner', oid, 'owner');
    const member = await makePerson(setting, 'member', oid);
    const by = await owner.actor();
    const { gid } = must(await createGroup(context, by, { name: 'Crowd' }));
    must(await setGroupPermissions(context, by, { gid, permissions: ['dr.list'] }));
    must(await addGroupOrganization(context, by, { gid, oid }));
    must(await addGroupMember(context, by, { gid, email: member.email }));
    const policy = { name: 'p', grants: { [gid]: { deal: ['read' as const] } }, version: 1 };
    await store.write(async (tx) => {
      await tx.insertAll(
        'groupMember',
        Array.from({ length: MEMBERS }, (_, at) => ({ ...sampleRows.groupMember, gid, uid: `crowd-${at}` })),
      );
      await tx.insert('policy', { ...policy, oid: named });
      await tx.insert('policy', { ...policy, oid: other, grants: {} });
    });
    expect(await member.permissions(oid)).toEqual(['dr.list']);
    const before = (await store.read((tx) => tx.find('change', {}))).length;
    counting.take();
    must(await setGroupPermissions(context, by, { gid, permissions: [] }));
    const { readUnderLock, written } = counting.take();
    expect(readUnderLock).toBeLessThanOrEqual(MEMBERS + 60);
    expect(written).toBeLessThanOrEqual(10);
    const changes = (await store.read((tx) => tx.find('change', {}))).slice(before);
    expect(changes.map(({ scope, id }) => `${scope} ${id}`).toSorted()).toEqual(
      [`org ${oid}`, `org ${named}`].toSorted(),
    );
    expect(await member.permissions(oid)).toEqual([]);
    await setting.authenticator.close();
    await database.remove();
  });
});
