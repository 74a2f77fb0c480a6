import { defaultCatalogue } from '@flairgate/core';
import {
  acceptInvitation,
  createApiUser,
  deactivateUser,
  deleteUser,
  grantPermissions,
  inviteUser,
  joinUser,
  listUsers,
  removeUser,
  revokePermissions,
  setRole,
} from '@flairgate/core/administration';
import { roleGrants } from '@flairgate/core/internal';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  type AdministrationFixture,
  must,
  OPERATOR,
  openAdministrationFixture,
  organizationKey,
  refusal,
} from './fixture.js';
import { makeOrganization, makePerson, type Person } from './people.js';

let setting: AdministrationFixture;
let oid: string;
let owner: Person;
let admin: Person;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  oid = await makeOrganization(setting);
  owner = await makePerson(setting, 'owner', oid, 'owner');
  admin = await makePerson(setting, 'admin', oid, ['user.ctrl', 'dr.list']);
});

describe('permissions of a member', () => {
  it('permissions of a member grow by what the giver holds, at the next request', async () => {
    const { context } = setting;
    const member = await makePerson(setting, 'member', oid);
    expect(await member.permissions(oid)).toEqual([]);
    const grant = (permission: string, by: Person) =>
      by
        .actor()
        .then((actor) => grantPermissions(context, actor, { oid, email: member.email, permissions: [permission] }));
    must(await grant('dr.list', admin));
    expect(await member.permissions(oid)).toEqual(['dr.list']);
    expect(refusal(await grant('dr.set', admin))).toBe('ERR_ESCALATION permissions');
    expect(refusal(await grant('user.ctrl', member))).toBe('ERR_PERMISSION_MISSING');
    must(await grant('dr.set', owner));
    expect(await member.permissions(oid)).toEqual(['dr.list', 'dr.set']);
  });

  it('permissions of a member shrink at the next request, out of a family too', async () => {
    const { context } = setting;
    const member = await makePerson(setting, 'member', oid, ['fp.ctrl', 'org.conf.*']);
    const input = { oid, email: 'MEMBER@example.com', permissions: ['org.conf.set', 'dr.list'] };
    must(await revokePermissions(context, await admin.actor(), input));
    expect(await member.permissions(oid)).toEqual(['fp.ctrl', 'org.conf.get']);
  });

  it('permissions of a member are nothing to a segmented key', async () => {
    const { context } = setting;
    const key = await organizationKey(setting, oid, 'vendor[segment]', ['user.ctrl', 'dr.list']);
    const actor = await setting.actor(key.text);
    expect(refusal(await listUsers(context, actor, { oid }))).toBe('ERR_NOT_FOUND');
    const input = { oid, email: admin.email, permissions: ['dr.list'] };
    expect(refusal(await grantPermissions(context, actor, input))).toBe('ERR_NOT_FOUND');
    expect(refusal(await removeUser(context, actor, input))).toBe('ERR_NOT_FOUND');
    expect(refusal(await createApiUser(context, actor, { oid, name: 'mine' }))).toBe('ERR_ESCALATION segment');
  });
});

describe('a role', () => {
  it('a role takes the place of every permission', async () => {
    const { context } = setting;
    const member = await makePerson(setting, 'member', oid, ['billing.ctrl']);
    const set = must(await setRole(context, await owner.actor(), { oid, email: member.email, role: 'viewer' }));
    expect(set.role).toBe('Viewer');
    expect(await member.permissions(oid)).toEqual(roleGrants('Viewer', defaultCatalogue));
  });

  it('the role owner is given and taken by owners only', async () => {
    const { context } = setting;
    const member = await makePerson(setting, 'member', oid);
    const toOwner = { oid, email: member.email, role: 'Owner' };
    const everything = await organizationKey(
      setting,
      oid,
      'all',
      defaultCatalogue.entries.map(({ name }) => name),
    );
    expect(refusal(await setRole(context, await setting.actor(everything.text), toOwner))).toBe('ERR_ESCALATION owner');
    must(await setRole(context, await owner.actor(), toOwner));
    expect((await setting.principal(member.text)).in(oid)?.owner).toBe(true);
    const demote = { oid, email: member.email, role: 'Basic' };
    expect(refusal(await setRole(context, await admin.actor(), demote))).toBe('ERR_ESCALATION owner');
    must(await setRole(context, await owner.actor(), demote));
    expect((await setting.principal(member.text)).in(oid)?.owner).toBe(false);
  });

  it('a role is one of those there are', async () => {
    const outcome = await setRole(setting.context, OPERATOR, { oid, email: admin.email, role: 'Viewr' });
    expect(outcome).toMatchObject({ code: 'ERR_VALIDATION', members: { issues: [{ field: 'role' }] } });
    expect(JSON.stringify(outcome)).toContain('Viewer');
  });

  it.each([
    ['Administrator', ['user.ctrl', 'apikey.ctrl'], ['billing.ctrl', 'org.del']],
    ['Operator', ['dr.set', 'sensor.task', 'company.write'], ['user.ctrl', 'apikey.ctrl', 'org.del', 'ingestkey.ctrl']],
    ['Viewer', ['dr.list', 'secret.get.mtd', 'company.read'], ['secret.get', 'dr.set', 'sensor.task']],
    ['Basic', ['org.get', 'sensor.list'], ['dr.set', 'audit.get']],
  ] as const)('the role %s holds what it says and no more', (role, within, beyond) => {
    const grants = roleGrants(role, defaultCatalogue);
    expect(grants).toEqual(expect.arrayContaining([...within]));
    expect(grants.filter((name) => beyond.some((one) => one === name))).toEqual([]);
  });
});

describe('the last owner', () => {
  const attempts: readonly [string, (setting: AdministrationFixture) => Promise<unknown>][] = [
    ['removed', ({ context }) => removeUser(context, OPERATOR, { oid, email: owner.email })],
    [
      'demoted',
      async ({ context }) => setRole(context, await owner.actor(), { oid, email: owner.email, role: 'Basic' }),
    ],
    [
      'stripped',
      async ({ context }) =>
        revokePermissions(context, await owner.actor(), { oid, email: owner.email, permissions: ['user.ctrl'] }),
    ],
  ];

  it.each(attempts)('the last owner is never %s', async (_, attempt) => {
    expect(await attempt(setting)).toMatchObject({ code: 'ERR_LAST_OWNER' });
    expect((await setting.principal(owner.text)).in(oid)?.owner).toBe(true);
  });

  it('the last owner is not demoted by joining as a member', async () => {
    must(
      await joinUser(setting.context, await admin.actor(), { uid: owner.uid, oid, permissions: [], role: 'member' }),
    );
    expect((await setting.principal(owner.text)).in(oid)?.owner).toBe(true);
  });

  it('the last owner counts active owners only, and of two removals at once one is refused', async () => {
    const { context } = setting;
    const second = await makePerson(setting, 'second', oid, 'owner');
    const outcomes = await Promise.all([
      removeUser(context, await owner.actor(), { oid, email: second.email }),
      removeUser(context, await second.actor(), { oid, email: owner.email }),
    ]);
    expect(outcomes.map(({ allowed }) => allowed).sort()).toEqual([false, true]);
    const third = await makePerson(setting, 'third', oid, 'owner');
    must(await deactivateUser(context, OPERATOR, { uid: third.uid }));
    const left = (await setting.principal(owner.text)).in(oid) === undefined ? second : owner;
    expect(refusal(await removeUser(context, OPERATOR, { oid, email: left.email }))).toBe('ERR_LAST_OWNER');
  });
});

describe('an invitation', () => {
  it('an invitation offers a membership without permissions, and makes a user where there is none', async () => {
    const { context } = setting;
    const known = await makePerson(setting, 'known');
    must(await inviteUser(context, await admin.actor(), { oid, email: known.email }));
    must(await inviteUser(context, await admin.actor(), { oid, email: 'New@Example.com' }));
    expect(await known.permissions(oid)).toBeUndefined();
    must(await acceptInvitation(context, await known.actor(), { oid }));
    expect(await known.permissions(oid)).toEqual([]);
    const emails = must(await listUsers(context, OPERATOR, { oid })).entries.map(({ email }) => email);
    expect(emails.sort()).toEqual(['admin@example.com', 'known@example.com', 'new@example.com', 'owner@example.com']);
  });

  it('an invitation is refused for an API user of another organization, and for an address only API users have', async () => {
    const { context } = setting;
    const other = await makeOrganization(setting, 'Other');
    const api = must(await createApiUser(context, OPERATOR, { oid: other, name: 'sync' }));
    expect((await inviteUser(context, await admin.actor(), { oid, email: api.email })).allowed).toBe(false);
  });
});

describe('a user who is removed', () => {
  it('a user who is removed has nothing there at the next request, and keeps the rest', async () => {
    const { context } = setting;
    const other = await makeOrganization(setting, 'Other');
    const member = await makePerson(setting, 'member', oid, ['dr.list']);
    must(await joinUser(context, OPERATOR, { uid: member.uid, oid: other, permissions: ['dr.set'] }));
    expect(await member.permissions(oid)).toEqual(['dr.list']);
    must(await removeUser(context, await admin.actor(), { oid, email: member.email }));
    expect(await member.permissions(oid)).toBeUndefined();
    expect(await member.permissions(other)).toEqual(['dr.set']);
    expect(refusal(await removeUser(context, await admin.actor(), { oid, email: member.email }))).toBe('ERR_NOT_FOUND');
  });

  it('a user who is removed loses every key with the user, by the operator alone', async () => {
    const { context } = setting;
    const member = await makePerson(setting, 'member', oid, ['dr.list']);
    await setting.principal(member.text);
    expect((await deleteUser(context, await owner.actor(), { uid: member.uid })).allowed).toBe(false);
    must(await deleteUser(context, OPERATOR, { uid: member.uid }));
    await expect(setting.principal(member.text)).rejects.toThrow('unknown');
  });
});

it('pages of users hold their place, and their cursors are good for their reader alone', async () => {
  const { context } = setting;
  for (const name of ['a', 'b', 'c']) await makePerson(setting, name, oid);
  const actor = await owner.actor();
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = must(await listUsers(context, actor, { oid, limit: 2, cursor }));
    seen.push(...page.entries.map(({ email, uid }) => email ?? uid));
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect(new Set(seen).size).toBe(5);
  const first = must(await listUsers(context, actor, { oid, limit: 2 })).cursor ?? '';
  expect(refusal(await listUsers(context, await admin.actor(), { oid, cursor: first }))).toBe('ERR_VALIDATION');
  expect(refusal(await listUsers(context, actor, { oid, cursor: `${first}A` }))).toBe('ERR_VALIDATION');
});
