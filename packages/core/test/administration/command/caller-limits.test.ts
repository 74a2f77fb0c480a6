import type { Outcome } from '@flairgate/core';
import {
  type AdministrationContext,
  addGroupMember,
  addGroupOrganization,
  addGroupOwner,
  type CallerLimits,
  createApiUser,
  createGroup,
  createKey,
  createOrganization,
  deleteGroup,
  deleteOrganization,
  inviteUser,
  nestGroup,
  parseCallerLimits,
  putPolicy,
  removeGroupMember,
  revokeKey,
} from '@flairgate/core/administration';
import { beforeEach, describe, expect, it } from 'vitest';
import { type AdministrationFixture, must, OPERATOR, openAdministrationFixture, organizationKey } from '../fixture.js';
import { makeOrganization, makePerson, type Person } from '../people.js';

let setting: AdministrationFixture;
let oid: string;
let owner: Person;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  oid = await makeOrganization(setting);
  owner = await makePerson(setting, 'owner', oid, 'owner');
});

function limited(limits: Partial<CallerLimits>): AdministrationContext {
  return { ...setting.context, limits: parseCallerLimits(limits) };
}

/** Returns the limit that a refusal names. */
function limitOf(outcome: Outcome<unknown>): unknown {
  return outcome.allowed ? 'was allowed' : { code: outcome.code, ...outcome.members };
}

async function group(by: Person): Promise<string> {
  return must(await createGroup(setting.context, await by.actor(), { name: 'Group' })).gid;
}

describe('past a limit', () => {
  it('a user past the limit makes no more organizations, and one more when one is gone', async () => {
    const context = limited({ organizationsMade: 1 });
    const made = must(await createOrganization(context, await owner.actor(), { name: 'First' }));
    const second = () => owner.actor().then((actor) => createOrganization(context, actor, { name: 'Second' }));
    expect(limitOf(await second())).toEqual({ code: 'ERR_LIMIT', limit: 1, name: 'organizationsMade' });
    must(await deleteOrganization(context, OPERATOR, made));
    must(await second());
  });

  it('a user past the limit makes no organization whose member they could not be', async () => {
    const context = limited({ membershipsAccepted: 1 });
    const refused = await createOrganization(context, await owner.actor(), { name: 'Second' });
    expect(limitOf(refused)).toEqual({ code: 'ERR_LIMIT', limit: 1, name: 'membershipsAccepted' });
  });

  it('memberships that others offer to a user do not count against the organizations that the user may make', async () => {
    const context = limited({ membershipsAccepted: 2 });
    for (const name of ['stranger', 'other']) {
      const place = await makeOrganization(setting);
      const stranger = await makePerson(setting, name, place, 'owner');
      must(await inviteUser(setting.context, await stranger.actor(), { oid: place, email: owner.email }));
    }
    must(await createOrganization(context, await owner.actor(), { name: 'Second' }));
  });

  it('a user past the limit makes no more groups, whatever groups of others they own', async () => {
    const context = limited({ groupsOwned: 1 });
    const other = await makePerson(setting, 'other');
    const given = await group(other);
    must(await addGroupOwner(setting.context, await other.actor(), { gid: given, email: owner.email }));
    const { gid } = must(await createGroup(context, await owner.actor(), { name: 'First' }));
    const second = () => owner.actor().then((actor) => createGroup(context, actor, { name: 'Second' }));
    expect(limitOf(await second())).toEqual({ code: 'ERR_LIMIT', limit: 1, name: 'groupsOwned' });
    must(await deleteGroup(context, await owner.actor(), { gid }));
    must(await second());
  });

  it('addGroupOwner limits the owners of a group, and the groups that one giver gives to a user', async () => {
    const gid = await group(owner);
    const other = await makePerson(setting, 'other');
    const add = async (limits: Partial<CallerLimits>) =>
      limitOf(await addGroupOwner(limited(limits), await owner.actor(), { gid, email: other.email }));
    expect(await add({ groupOwners: 1 })).toEqual({ code: 'ERR_LIMIT', limit: 1, name: 'groupOwners' });
    const stranger = await makePerson(setting, 'stranger');
    const give = async (giver: Person) =>
      must(await addGroupOwner(setting.context, await giver.actor(), { gid: await group(giver), email: other.email }));
    await group(other);
    await give(stranger);
    await give(owner);
    expect(await add({ groupsOwned: 1 })).toEqual({ code: 'ERR_LIMIT', limit: 1, name: 'groupsOwned' });
    expect(await add({ groupsOwned: 2 })).toBe('was allowed');
  });

  it('a group past the limit gets no more members, and no member of too many groups', async () => {
    const [gid, outer] = [await group(owner), await group(owner)];
    const other = await makePerson(setting, 'other');
    const add = async (limits: Partial<CallerLimits>) =>
      limitOf(await addGroupMember(limited(limits), await owner.actor(), { gid, email: other.email }));
    must(await nestGroup(setting.context, await owner.actor(), { gid: outer, child: gid }));
    expect(await add({ groupMembers: 0 })).toEqual({ code: 'ERR_LIMIT', limit: 0, name: 'groupMembers' });
    expect(await add({ groupsOfUser: 1 })).toEqual({ code: 'ERR_LIMIT', limit: 1, name: 'groupsOfUser' });
    expect(await add({ groupsOfUser: 2, groupMembers: 1 })).toBe('was allowed');
    // Who is there already is none more.
    expect(await add({ groupMembers: 0 })).toBe('was allowed');
  });

  it('a group past the limit is attached to no more organizations', async () => {
    const gid = await group(owner);
    const add = await addGroupOrganization(limited({ groupOrganizations: 0 }), await owner.actor(), { gid, oid });
    expect(limitOf(add)).toEqual({ code: 'ERR_LIMIT', limit: 0, name: 'groupOrganizations' });
  });

  it('a group past the limit takes in no more groups, by level, by depth and in all', async () => {
    const gids = [await group(owner), await group(owner), await group(owner)] as const;
    const nest = async (limits: Partial<CallerLimits>, gid: string, child: string) =>
      limitOf(await nestGroup(limited(limits), await owner.actor(), { gid, child }));
    expect(await nest({}, gids[0], gids[1])).toBe('was allowed');
    const [first, , last] = gids;
    const refused = (name: string, limit: number) => ({ code: 'ERR_LIMIT', limit, name });
    expect(await nest({ groupsInGroup: 1 }, first, last)).toEqual(refused('groupsInGroup', 1));
    expect(await nest({ groupDepth: 2 }, gids[1], last)).toEqual(refused('groupDepth', 2));
    expect(await nest({ groupsConnected: 2 }, gids[1], last)).toEqual(refused('groupsConnected', 2));
    expect(await nest({ groupsConnected: 3, groupDepth: 3 }, gids[1], last)).toBe('was allowed');
    // What is nested already stays as it is.
    expect(await nest({ groupsInGroup: 0, groupDepth: 0 }, gids[1], last)).toBe('was allowed');
  });

  it('a group reaches no further: by a member, an organization or a group', async () => {
    const { context } = setting;
    const actor = await owner.actor();
    const [outer, inner] = [await group(owner), await group(owner)];
    const people = [await makePerson(setting, 'a', oid), await makePerson(setting, 'b', oid)] as const;
    for (const { uid } of people) must(await addGroupMember(context, actor, { gid: inner, email: uid }));
    must(await addGroupOrganization(context, actor, { gid: outer, oid }));
    const refused = (limit: number) => ({ code: 'ERR_LIMIT', limit, name: 'groupReach' });
    expect(limitOf(await nestGroup(limited({ groupReach: 1 }), actor, { gid: outer, child: inner }))).toEqual(
      refused(1),
    );
    must(await nestGroup(limited({ groupReach: 2 }), actor, { gid: outer, child: inner }));
    const second = must(await createOrganization(context, actor, { name: 'Second' })).oid;
    const again = await owner.actor();
    const attach = (gid: string) => addGroupOrganization(limited({ groupReach: 3 }), again, { gid, oid: second });
    expect(limitOf(await attach(outer))).toEqual(refused(3));
    expect(limitOf(await attach(inner))).toEqual(refused(3));
    const join = (groupReach: number) =>
      addGroupMember(limited({ groupReach }), again, { gid: inner, email: owner.uid });
    expect(limitOf(await join(2))).toEqual(refused(2));
    must(await join(3));
    // Narrowing never is refused.
    must(await removeGroupMember(limited({ groupReach: 0 }), again, { gid: inner, email: owner.uid }));
  });

  it('a user past the limit has no more living keys, of which an expired one is none', async () => {
    const context = limited({ userKeys: 2 });
    const make = async (name: string, more = {}) =>
      createKey(context, await owner.actor(), { owner: { kind: 'user', uid: owner.uid }, name, ...more });
    must(await make('second', { expiresAt: setting.clock.wall() + 1000 }));
    expect(limitOf(await make('third'))).toEqual({ code: 'ERR_LIMIT', limit: 2, name: 'userKeys' });
    setting.clock.advance(2000);
    const { keyId } = must(await make('third'));
    expect(limitOf(await make('fourth'))).toEqual({ code: 'ERR_LIMIT', limit: 2, name: 'userKeys' });
    must(await revokeKey(context, OPERATOR, { uid: owner.uid, keyId }));
    must(await make('fourth'));
  });

  it('an organization past the limit has no more living keys, policies and API users', async () => {
    const none = limited({ organizationKeys: 0, policies: 0, apiUsers: 0 });
    const actor = await owner.actor();
    const refused = (name: string) => ({ code: 'ERR_LIMIT', limit: 0, name });
    const key = { owner: { kind: 'organization', oid } as const, name: 'key' };
    expect(limitOf(await createKey(none, actor, key))).toEqual(refused('organizationKeys'));
    expect(limitOf(await putPolicy(none, actor, { oid, name: 'p', grants: {} }))).toEqual(refused('policies'));
    expect(limitOf(await createApiUser(none, actor, { oid, name: 'n' }))).toEqual(refused('apiUsers'));
    must(await createKey(none, OPERATOR, key));
    must(await putPolicy(none, OPERATOR, { oid, name: 'p', grants: {} }));
    must(await createApiUser(none, OPERATOR, { oid, name: 'n' }));
  });

  it('a user past the limit creates no more users, nor do the keys of one organization', async () => {
    const context = limited({ usersMade: 1 });
    const key = await organizationKey(setting, oid, 'key', ['user.ctrl']);
    for (const text of [owner.text, key.text]) {
      const invite = async (email: string) => inviteUser(context, await setting.actor(text), { oid, email });
      must(await invite(`${text.slice(3, 13)}-1@example.com`));
      const refused = await invite(`${text.slice(3, 13)}-2@example.com`);
      expect(limitOf(refused)).toEqual({ code: 'ERR_LIMIT', limit: 1, name: 'usersMade' });
      // Whoever is there already can be invited still.
      must(await invite(`${text.slice(3, 13)}-1@example.com`));
    }
  });
});
