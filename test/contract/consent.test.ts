import {
  acceptInvitation,
  addGroupMember,
  addGroupOrganization,
  createGroup,
  createKey,
  DEFAULT_CALLER_LIMITS,
  declineInvitation,
  inviteUser,
  joinUser,
  listInvitations,
  listUsers,
  readGroup,
  removeUser,
  revokePermissions,
  setGroupPermissions,
  setRole,
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

const LIMITS = DEFAULT_CALLER_LIMITS;
const DAY = 24 * 60 * 60 * 1000;
const kinds = await kindsToTest(['memory', 'sqlite', 'postgres']);

describe.each(kinds)('what a user is given, on %s,', (kind) => {
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

  const invite = async (by: Person, email = guest.email) =>
    inviteUser(setting.context, await by.actor(), { oid, email });
  const accept = async (by: Person) => acceptInvitation(setting.context, await by.actor(), { oid });
  const decline = async (by: Person) => declineInvitation(setting.context, await by.actor(), { oid });
  const invitations = async (of: Person) => must(await listInvitations(setting.context, await of.actor())).entries;

  /** A group that grants this in the organization. */
  async function granting(by: Person, permissions: readonly string[]): Promise<string> {
    const { context } = setting;
    const { gid } = must(await createGroup(context, await by.actor(), { name: 'Group' }));
    must(await setGroupPermissions(context, await by.actor(), { gid, permissions }));
    must(await addGroupOrganization(context, await by.actor(), { gid, oid }));
    return gid;
  }

  test('an offered membership counts from its acceptance on, which touches the membership alone', async () => {
    const { context, store } = setting;
    const changes = () => store.read((tx) => tx.find('change', {}));
    const before = (await changes()).length;
    must(await invite(owner));
    const role = { oid, email: guest.email, role: 'Viewer' };
    must(await setRole(context, await owner.actor(), role));
    expect(await changes()).toHaveLength(before);
    expect(await guest.permissions(oid)).toBeUndefined();
    expect(await invitations(guest)).toMatchObject([{ oid, name: 'Acme', role: 'member' }]);
    must(await accept(guest));
    must(await accept(guest));
    const made = (await changes()).slice(before);
    expect(made.map(({ scope, id }) => `${scope} ${id}`)).toEqual([`membership ${guest.uid}:${oid}`]);
    expect(await guest.permissions(oid)).toContain('dr.list');
    expect(await invitations(guest)).toEqual([]);
    const accepted = await store.read((tx) => tx.find('audit', { action: 'invitation.accept' }));
    expect(accepted.map(({ actorName }) => actorName)).toEqual([`guest's laptop@${guest.email}`]);
  });

  test('an offer is taken back while it is open, and nothing of it is accepted then', async () => {
    const { context } = setting;
    must(await invite(owner));
    must(await setRole(context, await owner.actor(), { oid, email: guest.email, role: 'Viewer' }));
    const taken = { oid, email: guest.email, permissions: ['dr.list'] };
    must(await revokePermissions(context, await owner.actor(), taken));
    must(await accept(guest));
    expect(await guest.permissions(oid)).not.toContain('dr.list');
    expect(await guest.permissions(oid)).toContain('org.get');
    const other = await makePerson(setting, 'other');
    must(await invite(owner, other.email));
    must(await removeUser(context, await owner.actor(), { oid, email: other.email }));
    expect(await invitations(other)).toEqual([]);
    expect(refusal(await accept(other))).toBe('ERR_NOT_FOUND');
  });

  test('an offer is nothing once its giver could not give it; what another gives stays', async () => {
    const { context } = setting;
    const admin = await makePerson(setting, 'admin', oid, ['user.ctrl', 'dr.list', 'dr.set']);
    must(await invite(admin));
    must(await setRole(context, await owner.actor(), { oid, email: admin.email, role: 'Basic' }));
    expect(refusal(await accept(guest))).toBe('ERR_NOT_FOUND');
    expect(await guest.permissions(oid)).toBeUndefined();
    must(await invite(owner));
    must(await accept(guest));
    expect(await guest.permissions(oid)).toEqual([]);
  });

  test('an offer by a group is judged by who put the user into it, and the place ends when that one may no longer', async () => {
    const { context } = setting;
    const admin = await makePerson(setting, 'admin', oid, ['user.ctrl', 'dr.list']);
    const gid = await granting(admin, ['dr.list']);
    must(await addGroupMember(context, await admin.actor(), { gid, email: guest.email }));
    expect(await invitations(guest)).toMatchObject([{ oid, role: undefined }]);
    const narrowed = { oid, email: admin.email, permissions: ['dr.list'] };
    must(await revokePermissions(context, await owner.actor(), narrowed));
    expect(refusal(await accept(guest))).toBe('ERR_NOT_FOUND');
    must(await invite(owner));
    must(await accept(guest));
    expect(await guest.permissions(oid)).toEqual([]);
    expect(must(await readGroup(context, await admin.actor(), { gid })).members).toEqual([]);
  });

  test('what a user is given ends unanswered after 30 days, and can be offered again then', async () => {
    must(await invite(owner));
    setting.clock.advance(30 * DAY - 1);
    await setting.authenticator.revision.sync();
    expect(await invitations(guest)).toHaveLength(1);
    setting.clock.advance(1);
    await setting.authenticator.revision.sync();
    expect(await invitations(guest)).toEqual([]);
    expect(refusal(await accept(guest))).toBe('ERR_NOT_FOUND');
    const listed = must(await listUsers(setting.context, await owner.actor(), { oid })).entries;
    expect(listed.map(({ uid }) => uid)).toEqual([owner.uid]);
    must(await invite(owner));
    must(await accept(guest));
    expect(await guest.permissions(oid)).toEqual([]);
  });

  test('an offer may be declined: the organization offers nothing for 30 days', async () => {
    const { context } = setting;
    must(await invite(owner));
    must(await decline(guest));
    expect(refusal(await accept(guest))).toBe('ERR_NOT_FOUND');
    expect(refusal(await decline(guest))).toBe('ERR_NOT_FOUND');
    expect(refusal(await invite(owner))).toBe('ERR_VALIDATION');
    const gid = await granting(owner, ['dr.list']);
    must(await addGroupMember(context, await owner.actor(), { gid, email: guest.email }));
    expect(await invitations(guest)).toEqual([]);
    const told = await setting.store.read((tx) => tx.find('audit', { action: 'invitation.decline' }));
    expect(told.map(({ actorName }) => actorName)).toEqual([guest.uid]);
    setting.clock.advance(30 * DAY);
    await setting.authenticator.revision.sync();
    must(await invite(owner));
    must(await accept(guest));
    expect(await guest.permissions(oid)).toEqual(['dr.list']);
  });

  test.each([
    ['the user leaves', () => decline(guest)],
    [
      'the organization removes the user',
      async () => removeUser(setting.context, await owner.actor(), { oid, email: guest.email }),
    ],
  ])(
    'what a user is given ends with the consent when %s, and is an offer when it is given again',
    async (_who, end) => {
      const { context } = setting;
      const gid = await granting(owner, ['dr.list']);
      must(await invite(owner));
      must(await addGroupMember(context, await owner.actor(), { gid, email: guest.email }));
      must(await accept(guest));
      expect(await guest.permissions(oid)).toEqual(['dr.list']);
      expect((await end()).allowed).toBe(true);
      expect(await guest.permissions(oid)).toBeUndefined();
      must(await invite(owner));
      must(await addGroupMember(context, await owner.actor(), { gid, email: guest.email }));
      expect(await guest.permissions(oid)).toBeUndefined();
      must(await accept(guest));
      expect(await guest.permissions(oid)).toEqual(['dr.list']);
    },
  );

  test('an offer leaves no organization without an owner: a user who has not accepted is none', async () => {
    const { context } = setting;
    must(await invite(owner));
    must(await setRole(context, await owner.actor(), { oid, email: guest.email, role: 'Owner' }));
    expect(refusal(await decline(owner))).toBe('ERR_LAST_OWNER');
    must(await accept(guest));
    must(await decline(owner));
    expect(await owner.permissions(oid)).toBeUndefined();
  });

  test('an offer is accepted by a whole credential only, and at once if the operator gives it', async () => {
    const { context } = setting;
    must(await invite(owner));
    const owned = { owner: { kind: 'user', uid: guest.uid } as const, name: 'agent[segment]' };
    const { text } = must(await createKey(context, OPERATOR, owned));
    const agent = await setting.actor(text);
    expect(refusal(await acceptInvitation(context, agent, { oid }))).toBe('ERR_USER_REQUIRED');
    must(await joinUser(context, OPERATOR, { uid: guest.uid, oid, permissions: ['dr.list'] }));
    expect(await guest.permissions(oid)).toEqual(['dr.list']);
    expect(await invitations(guest)).toEqual([]);
  });

  test('offers are limited by organization and by giver, and drop no other', async () => {
    const limits = { ...setting.context, limits: { ...LIMITS, offersOfOrganization: 3, offersOfUser: 2 } };
    const offer = async (by: Person, email: string) => inviteUser(limits, await by.actor(), { oid, email });
    const admin = await makePerson(setting, 'admin', oid, ['user.ctrl']);
    for (const name of ['a', 'b']) must(await offer(owner, `${name}@example.com`));
    expect(refusal(await offer(owner, 'c@example.com'))).toBe('ERR_LIMIT');
    must(await offer(owner, 'a@example.com'));
    must(await offer(admin, guest.email));
    expect(refusal(await offer(admin, 'd@example.com'))).toBe('ERR_LIMIT');
    expect(await invitations(guest)).toHaveLength(1);
    setting.clock.advance(30 * DAY);
    await setting.authenticator.revision.sync();
    must(await offer(owner, 'c@example.com'));
  });
});
