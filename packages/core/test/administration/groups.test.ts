import {
  acceptInvitation,
  addGroupMember,
  addGroupOrganization,
  addGroupOwner,
  createApiUser,
  createGroup,
  deleteGroup,
  listGroups,
  nestGroup,
  readAudit,
  readGroup,
  readGroupLog,
  removeGroupMember,
  removeGroupOrganization,
  removeGroupOwner,
  setGroupPermissions,
  unnestGroup,
} from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
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
let member: Person;

beforeEach(async () => {
  setting = await openAdministrationFixture();
  oid = await makeOrganization(setting);
  owner = await makePerson(setting, 'owner', oid, 'owner');
  member = await makePerson(setting, 'member');
});

async function group(by: Person, name = 'Group'): Promise<string> {
  return must(await createGroup(setting.context, await by.actor(), { name })).gid;
}

/** A group of the owner's that grants `dr.list` in the organization. */
async function granting(): Promise<string> {
  const { context } = setting;
  const gid = await group(owner);
  must(await setGroupPermissions(context, await owner.actor(), { gid, permissions: ['dr.list'] }));
  must(await addGroupOrganization(context, await owner.actor(), { gid, oid }));
  return gid;
}

describe('who is in a group', () => {
  it('a member of a group has its permissions at the next request, and no longer than that', async () => {
    const { context } = setting;
    const gid = await granting();
    expect(await member.permissions(oid)).toBeUndefined();
    const actor = await owner.actor();
    must(await addGroupMember(context, actor, { gid, email: member.email }));
    expect(await member.permissions(oid)).toBeUndefined();
    must(await acceptInvitation(context, await member.actor(), { oid }));
    expect(await member.permissions(oid)).toEqual(['dr.list']);
    must(await setGroupPermissions(context, actor, { gid, permissions: ['dr.set', 'dr.list'] }));
    expect(await member.permissions(oid)).toEqual(['dr.list', 'dr.set']);
    must(await setGroupPermissions(context, actor, { gid, permissions: ['dr.set'] }));
    expect(await member.permissions(oid)).toEqual(['dr.set']);
    must(await removeGroupOrganization(context, actor, { gid, oid }));
    expect(await member.permissions(oid)).toBeUndefined();
    must(await addGroupOrganization(context, actor, { gid, oid }));
    expect(await member.permissions(oid)).toEqual(['dr.set']);
    must(await removeGroupMember(context, actor, { gid, email: member.uid }));
    expect(await member.permissions(oid)).toBeUndefined();
  });

  it('a member of a group loses it all with the group', async () => {
    const { context } = setting;
    const gid = await granting();
    must(await addGroupMember(context, await owner.actor(), { gid, email: member.email }));
    must(await acceptInvitation(context, await member.actor(), { oid }));
    expect(await member.permissions(oid)).toEqual(['dr.list']);
    must(await deleteGroup(context, await owner.actor(), { gid }));
    expect(await member.permissions(oid)).toBeUndefined();
    expect(refusal(await readGroup(context, await owner.actor(), { gid }))).toBe('ERR_NOT_FOUND');
  });

  it('a member of a group has what outer groups grant too, as long as they are nested', async () => {
    const { context } = setting;
    const outer = await granting();
    const inner = await group(owner, 'Inner');
    const actor = await owner.actor();
    must(await addGroupMember(context, actor, { gid: inner, email: member.email }));
    expect(await member.permissions(oid)).toBeUndefined();
    must(await nestGroup(context, actor, { gid: outer, child: inner }));
    must(await acceptInvitation(context, await member.actor(), { oid }));
    expect(await member.permissions(oid)).toEqual(['dr.list']);
    must(await unnestGroup(context, actor, { gid: outer, child: inner }));
    expect(await member.permissions(oid)).toBeUndefined();
  });

  it('an owner of a group need not be a member, and has nothing by the group', async () => {
    const { context } = setting;
    const gid = await granting();
    must(await addGroupOwner(context, await owner.actor(), { gid, email: member.email }));
    expect(await member.permissions(oid)).toBeUndefined();
    must(await removeGroupOwner(context, await member.actor(), { gid, email: owner.email }));
    expect(refusal(await removeGroupOwner(context, await member.actor(), { gid, email: member.email }))).toBe(
      'ERR_LAST_OWNER',
    );
  });
});

describe('a group is widened only by who holds as much where it counts', () => {
  /** Owns a group, and holds this in the organization. */
  async function holder(permissions: readonly string[]): Promise<{ gid: string; actor: Person }> {
    const actor = await makePerson(setting, 'holder', oid, permissions);
    return { gid: await group(actor), actor };
  }

  it('a group is attached to an organization only by a caller who holds as much there', async () => {
    const { gid, actor } = await holder(['dr.list']);
    const attach = async () => addGroupOrganization(setting.context, await actor.actor(), { gid, oid });
    expect(refusal(await attach())).toBe('ERR_PERMISSION_MISSING');
    const other = await makePerson(setting, 'other', oid, ['user.ctrl']);
    must(await addGroupOwner(setting.context, await actor.actor(), { gid, email: other.email }));
    must(await setGroupPermissions(setting.context, await actor.actor(), { gid, permissions: ['dr.list'] }));
    const outcome = await addGroupOrganization(setting.context, await other.actor(), { gid, oid });
    expect(refusal(outcome)).toBe('ERR_ESCALATION permissions');
  });

  it('permissions of a group are set only by a caller who holds as much where it counts, in a group without a member too', async () => {
    const { gid, actor } = await holder(['user.ctrl', 'dr.list']);
    const set = async (...permissions: string[]) =>
      setGroupPermissions(setting.context, await actor.actor(), { gid, permissions });
    must(await addGroupOrganization(setting.context, await actor.actor(), { gid, oid }));
    expect(refusal(await set('dr.set'))).toBe('ERR_ESCALATION permissions');
    expect(refusal(await set('dr.*'))).toBe('ERR_ESCALATION permissions');
    must(await set('dr.list'));
  });

  it('a member is added to a group only by a caller who holds as much where it counts, and may be that caller', async () => {
    const gid = await granting();
    const actor = await makePerson(setting, 'holder', oid, ['user.ctrl']);
    must(await addGroupOwner(setting.context, await owner.actor(), { gid, email: actor.email }));
    const add = async (email: string) => addGroupMember(setting.context, await actor.actor(), { gid, email });
    expect(refusal(await add(actor.email))).toBe('ERR_ESCALATION permissions');
    // The owner gains nothing by it: the group is still not theirs to fill.
    expect(refusal(await add(owner.email))).toBe('ERR_ESCALATION permissions');
    expect(refusal(await add('stranger@example.com'))).toBe('ERR_ESCALATION permissions');
  });

  it('a group is nested only by a caller who holds as much where it counts', async () => {
    const outer = await granting();
    const actor = await makePerson(setting, 'holder', oid, ['user.ctrl']);
    const inner = await group(actor);
    must(await addGroupOwner(setting.context, await owner.actor(), { gid: outer, email: actor.email }));
    const nest = async () => nestGroup(setting.context, await actor.actor(), { gid: outer, child: inner });
    expect(refusal(await nest())).toBe('ERR_ESCALATION permissions');
  });
});

describe('groups inside groups', () => {
  it('groups inside groups never contain themselves, of two edits at once neither', async () => {
    const { context } = setting;
    const [a, b, c] = [await group(owner), await group(owner), await group(owner)];
    const actor = await owner.actor();
    expect(refusal(await nestGroup(context, actor, { gid: a, child: a }))).toBe('ERR_GROUP_CYCLE');
    must(await nestGroup(context, actor, { gid: a, child: b }));
    const outcomes = await Promise.all([
      nestGroup(context, actor, { gid: b, child: c }),
      nestGroup(context, actor, { gid: c, child: a }),
    ]);
    expect(outcomes.map((outcome) => (outcome.allowed ? 'nested' : outcome.code)).sort()).toEqual([
      'ERR_GROUP_CYCLE',
      'nested',
    ]);
  });

  it('groups nest 16 deep, and what the outermost grants reaches the innermost', async () => {
    const { context } = setting;
    const actor = await owner.actor();
    const gids = [await granting()];
    while (gids.length < 17) gids.push(await group(owner));
    const nest = (at: number) => nestGroup(context, actor, { gid: gids[at] ?? '', child: gids[at + 1] ?? '' });
    for (let at = 0; at < 15; at++) must(await nest(at));
    expect(refusal(await nest(15))).toBe('ERR_LIMIT');
    must(await addGroupMember(context, actor, { gid: gids[15] ?? '', email: member.email }));
    must(await acceptInvitation(context, await member.actor(), { oid }));
    expect(await member.permissions(oid)).toEqual(['dr.list']);
  });
});

describe('a group is known', () => {
  it('groups are known to users only', async () => {
    const key = await organizationKey(setting, oid, 'key', ['user.ctrl']);
    const actor = await setting.actor(key.text);
    expect(refusal(await listGroups(setting.context, actor))).toBe('ERR_USER_REQUIRED');
    expect(refusal(await createGroup(setting.context, actor, { name: 'no' }))).toBe('ERR_USER_REQUIRED');
  });

  it('a group is known to its owners and members, and to no other user', async () => {
    const { context } = setting;
    const gid = await granting();
    const stranger = await makePerson(setting, 'stranger', oid, ['user.ctrl']);
    expect(must(await listGroups(context, await stranger.actor())).entries).toEqual([]);
    expect(refusal(await deleteGroup(context, await stranger.actor(), { gid }))).toBe('ERR_NOT_FOUND');
    must(await addGroupMember(context, await owner.actor(), { gid, email: member.email }));
    expect(must(await listGroups(context, await member.actor())).entries).toEqual([]);
    must(await acceptInvitation(context, await member.actor(), { oid }));
    expect(must(await listGroups(context, await member.actor())).entries.map((one) => one.gid)).toEqual([gid]);
    expect(must(await readGroup(context, await member.actor(), { gid })).members).toBeUndefined();
    expect(must(await readGroup(context, await owner.actor(), { gid })).members).toEqual([member.email]);
    expect(refusal(await deleteGroup(context, await member.actor(), { gid }))).toBe('ERR_ESCALATION owner');
  });

  it('a member with user.ctrl can take the organization out of a group of others', async () => {
    const { context } = setting;
    const gid = await granting();
    const stranger = await makePerson(setting, 'stranger', oid, ['user.ctrl']);
    must(await removeGroupOrganization(context, await stranger.actor(), { gid, oid }));
  });

  it('permissions of a group are changed by the version that was seen', async () => {
    const { context } = setting;
    const gid = await granting();
    const actor = await owner.actor();
    const { version } = must(await readGroup(context, actor, { gid })).group;
    must(await setGroupPermissions(context, actor, { gid, permissions: [], version: String(version) }));
    const late = await setGroupPermissions(context, actor, { gid, permissions: ['dr.list'], version: String(version) });
    expect(refusal(late)).toBe('ERR_ETAG_MISMATCH');
  });
});

it('a group keeps a log, and its organizations an audit of it', async () => {
  const { context } = setting;
  const gid = await granting();
  must(await addGroupMember(context, await owner.actor(), { gid, email: member.email }));
  const log = must(await readGroupLog(context, await owner.actor(), { gid })).entries;
  const actions = ['group.member.add', 'group.org.add', 'group.permissions', 'group.create'];
  expect(log.map(({ action }) => action).sort()).toEqual(actions.sort());
  const audit = must(await readAudit(context, OPERATOR, { oid })).entries;
  expect(audit.filter(({ target }) => target === gid).map(({ action }) => action)).toContain('group.member.add');
});

/** A place in a group as its owner gives one. */
const PLACE = { accepted: true, giver: null, address: null };

/** A store that notes each table that a write reads whole: such reads grow with other tenants. */
function watchScans(store: Store, scans: string[]): Store {
  return {
    ...store,
    write: (work) =>
      store.write((tx) =>
        work({
          ...tx,
          find(table, where, page) {
            if (Object.keys(where).length === 0 && page === undefined) scans.push(table);
            return tx.find(table, where, page);
          },
        }),
      ),
  };
}

describe('a group with more than a thousand users', () => {
  it('a group with more than a thousand users is judged by all it could give, and counts at once', async () => {
    const { context, store } = setting;
    const actor = await owner.actor();
    const gid = await granting();
    const inner = await group(owner, 'Crowd');
    must(await addGroupMember(context, actor, { gid: inner, email: member.email }));
    await store.write(async (tx) => {
      for (let at = 0; at < 1001; at++) await tx.insert('groupMember', { ...PLACE, gid: inner, uid: `crowd-${at}` });
    });
    const weak = await makePerson(setting, 'weak', oid, ['user.ctrl']);
    for (const id of [gid, inner]) must(await addGroupOwner(context, actor, { gid: id, email: weak.email }));
    const nested = { gid, child: inner };
    expect(refusal(await nestGroup(context, await weak.actor(), nested))).toBe('ERR_ESCALATION permissions');
    expect(await member.permissions(oid)).toBeUndefined();
    const scans: string[] = [];
    must(await nestGroup({ ...context, store: watchScans(store, scans) }, actor, nested));
    expect(scans).toEqual([]);
    must(await acceptInvitation(context, await member.actor(), { oid }));
    expect(await member.permissions(oid)).toEqual(['dr.list']);
    must(await unnestGroup(context, actor, nested));
    expect(await member.permissions(oid)).toBeUndefined();
  });
});

describe('the audit of an organization', () => {
  it('the audit of an organization does not name another organization that a shared group is attached to', async () => {
    const { context } = setting;
    const gid = await granting();
    const other = await makeOrganization(setting);
    const partner = await makePerson(setting, 'partner', other, 'owner');
    must(await addGroupOwner(context, await owner.actor(), { gid, email: partner.email }));
    must(await addGroupOrganization(context, await partner.actor(), { gid, oid: other }));
    must(await removeGroupOrganization(context, await partner.actor(), { gid, oid: other }));
    const seen = must(await readAudit(context, await owner.actor(), { oid }));
    expect(seen.entries.map(({ action }) => action)).toContain('group.org.add');
    expect(JSON.stringify(seen.entries.map(({ details }) => details))).not.toContain(other);
    const theirs = must(await readAudit(context, await partner.actor(), { oid: other }));
    expect(theirs.entries.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['group.org.add', 'group.org.remove']),
    );
  });
});

describe('an API user', () => {
  it('an API user cannot own a group, which it could never manage', async () => {
    const { context } = setting;
    const gid = await group(owner);
    const { uid } = must(await createApiUser(context, OPERATOR, { oid, name: 'import' }));
    expect(refusal(await addGroupOwner(context, await owner.actor(), { gid, email: uid }))).toBe('ERR_VALIDATION');
    expect(must(await readGroup(context, await owner.actor(), { gid })).owners).toHaveLength(1);
  });
});
