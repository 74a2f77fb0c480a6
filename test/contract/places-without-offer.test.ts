import {
  acceptInvitation,
  addGroupMember,
  addGroupOrganization,
  createGroup,
  declineInvitation,
  grantPermissions,
  inviteUser,
  joinUser,
  nestGroup,
  putPolicy,
  readGroup,
  removeUser,
  setGroupPermissions,
} from '@flairgate/core/administration';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  refusal,
} from '../../packages/core/test/administration/fixture.js';
import { makeOrganization, makePerson, type Person } from '../../packages/core/test/administration/people.js';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';

const kinds = await kindsToTest(['memory', 'sqlite', 'postgres']);
const MONTH = 30 * 24 * 3600 * 1000;

describe.each(kinds)('a place in a group that no open offer covers, on %s,', (kind) => {
  let database: TestDatabase;
  let setting: AdministrationFixture;
  let oid: string;
  let owner: Person;
  let admin: Person;
  let host: Person;
  let guest: Person;

  beforeEach(async () => {
    database = await makeDatabase(kind);
    setting = await openAdministrationFixture(await database.open());
    oid = await makeOrganization(setting);
    owner = await makePerson(setting, 'owner', oid, 'owner');
    admin = await makePerson(setting, 'admin', oid, ['user.ctrl', 'apikey.ctrl', 'dr.list']);
    host = await makePerson(setting, 'host', oid, ['user.ctrl', 'dr.list']);
    guest = await makePerson(setting, 'guest');
  });
  afterEach(async () => {
    await setting.authenticator.close();
    await database.remove();
  });

  async function strongGroup(): Promise<string> {
    const { context } = setting;
    const { gid } = must(await createGroup(context, await admin.actor(), { name: 'Strong' }));
    must(await setGroupPermissions(context, await admin.actor(), { gid, permissions: ['apikey.ctrl'] }));
    must(await addGroupOrganization(context, await admin.actor(), { gid, oid }));
    return gid;
  }

  const join = async (gid: string) =>
    must(await addGroupMember(setting.context, await admin.actor(), { gid, email: guest.email }));

  async function inviteByHost(): Promise<void> {
    const { context } = setting;
    must(await inviteUser(context, await host.actor(), { oid, email: guest.email }));
    const granted = { oid, email: guest.email, permissions: ['dr.list'] };
    must(await grantPermissions(context, await host.actor(), granted));
  }

  const accept = async () => acceptInvitation(setting.context, await guest.actor(), { oid });

  test('a place in a group gives nothing once its offer has expired, when another invitation is accepted', async () => {
    const gid = await strongGroup();
    await join(gid);
    must(await removeUser(setting.context, await owner.actor(), { oid, email: admin.email }));
    setting.clock.advance(MONTH);
    await setting.authenticator.revision.sync();
    expect(refusal(await accept())).toBe('ERR_NOT_FOUND');
    await inviteByHost();
    must(await accept());
    expect(await guest.permissions(oid)).toEqual(['dr.list']);
    const group = must(await readGroup(setting.context, await admin.actor(), { gid }));
    expect(group.members).toEqual([]);
  });

  test('a place in a group gives nothing again to a user who left or was removed, and accepts another invitation', async () => {
    const gid = await strongGroup();
    await join(gid);
    must(await accept());
    expect(await guest.permissions(oid)).toEqual(['apikey.ctrl']);
    must(await declineInvitation(setting.context, await guest.actor(), { oid }));
    setting.clock.advance(MONTH);
    await setting.authenticator.revision.sync();
    await inviteByHost();
    must(await accept());
    expect(await guest.permissions(oid)).toEqual(['dr.list']);
    must(await removeUser(setting.context, await owner.actor(), { oid, email: guest.email }));
    await inviteByHost();
    must(await accept());
    expect(await guest.permissions(oid)).toEqual(['dr.list']);
  });

  test('a place in a group gives nothing to a user who had declined when the group took them in', async () => {
    const gid = await strongGroup();
    await inviteByHost();
    must(await declineInvitation(setting.context, await guest.actor(), { oid }));
    await join(gid);
    setting.clock.advance(MONTH);
    await setting.authenticator.revision.sync();
    await inviteByHost();
    must(await accept());
    expect(await guest.permissions(oid)).toEqual(['dr.list']);
  });

  test('a place in a group stays if an open offer covers it', async () => {
    const gid = await strongGroup();
    await inviteByHost();
    await join(gid);
    must(await accept());
    expect(await guest.permissions(oid)).toEqual(['apikey.ctrl', 'dr.list']);
  });

  test.each(['a void offer', 'an expired offer', 'no offer, because the user had declined'])(
    'a place in a group gives nothing through %s when the operator joins the user',
    async (how) => {
      const { context } = setting;
      const gid = await strongGroup();
      if (how.startsWith('no offer')) {
        await inviteByHost();
        must(await declineInvitation(context, await guest.actor(), { oid }));
      }
      await join(gid);
      if (how === 'a void offer') must(await removeUser(context, await owner.actor(), { oid, email: admin.email }));
      if (how === 'an expired offer') setting.clock.advance(MONTH);
      await setting.authenticator.revision.sync();
      must(await joinUser(context, OPERATOR, { uid: guest.uid, oid, permissions: ['dr.list'] }));
      expect(await guest.permissions(oid)).toEqual(['dr.list']);
    },
  );

  test('an offered membership whose giver cannot give it any more adds nothing when the operator joins the user', async () => {
    const { context } = setting;
    must(await inviteUser(context, await admin.actor(), { oid, email: guest.email }));
    const granted = { oid, email: guest.email, permissions: ['apikey.ctrl'] };
    must(await grantPermissions(context, await admin.actor(), granted));
    must(await removeUser(context, await owner.actor(), { oid, email: admin.email }));
    must(await joinUser(context, OPERATOR, { uid: guest.uid, oid, permissions: ['dr.list'] }));
    expect(await guest.permissions(oid)).toEqual(['dr.list']);
  });

  test('what the operator gives by one group revives no other', async () => {
    const { context } = setting;
    const gid = await strongGroup();
    await join(gid);
    must(await removeUser(context, await owner.actor(), { oid, email: admin.email }));
    const made = await Promise.all(['Weak', 'Inner'].map((name) => createGroup(context, OPERATOR, { name })));
    const [weak = '', inner = ''] = made.map((group) => must(group).gid);
    must(await setGroupPermissions(context, OPERATOR, { gid: weak, permissions: ['dr.list'] }));
    must(await nestGroup(context, OPERATOR, { gid: weak, child: inner }));
    for (const place of [weak, inner])
      must(await addGroupMember(context, OPERATOR, { gid: place, email: guest.email }));
    must(await addGroupOrganization(context, OPERATOR, { gid: weak, oid }));
    expect(await guest.permissions(oid)).toEqual(['dr.list']);
    const group = must(await readGroup(context, OPERATOR, { gid: weak }));
    expect(group.members).toEqual([guest.email]);
  });

  test('an offer that can still be given stays when the operator joins the user', async () => {
    const gid = await strongGroup();
    await inviteByHost();
    await join(gid);
    must(await joinUser(setting.context, OPERATOR, { uid: guest.uid, oid, permissions: ['company.read'] }));
    expect(await guest.permissions(oid)).toEqual(['apikey.ctrl', 'company.read', 'dr.list']);
  });

  test('a policy that names another group of the user counts, too, for who offers a group', async () => {
    const { context } = setting;
    const { gid: weak } = must(await createGroup(context, await host.actor(), { name: 'Weak' }));
    must(await setGroupPermissions(context, await host.actor(), { gid: weak, permissions: ['dr.list'] }));
    must(await addGroupOrganization(context, await host.actor(), { gid: weak, oid }));
    const { gid: named } = must(await createGroup(context, await host.actor(), { name: 'Named' }));
    const grants = { [named]: { company: ['write'] as const } };
    must(await putPolicy(context, await owner.actor(), { oid, name: 'writers', grants }));
    must(await addGroupMember(context, await host.actor(), { gid: named, email: guest.email }));
    const invited = await inviteUser(context, await host.actor(), { oid, email: guest.email });
    expect(refusal(invited)).toBe('ERR_ESCALATION permissions');
    const offered = await addGroupMember(context, await host.actor(), { gid: weak, email: guest.email });
    if (offered.allowed) await accept();
    expect((await guest.permissions(oid)) ?? []).not.toContain('company.write');
  });
});
