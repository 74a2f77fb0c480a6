import { allow, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import type { SecurityTransaction } from '../revision/security-write.js';
import { isUuid } from '../store/ids.js';
import type { UserRow } from '../store/rows.js';
import type { Actor, Standing } from './actor.js';
import { checkLimit } from './caller-limits.js';
import { auditGroup, bumpGroup } from './change-group.js';
import { type AdministrationContext, commandBy } from './context.js';
import { findOrCreateUser } from './create-user.js';
import type { Conditional } from './expected-version.js';
import { findOwnGroup } from './find-group.js';
import { checkMemberRoom, checkReach } from './group-limits.js';
import { readReach } from './group-reach.js';
import { judgeGains, judgeGrants } from './judge-gain.js';
import { findUserBy } from './members.js';

export interface GroupUserInput extends Conditional {
  readonly gid: string;
  /** E-mail address, or uid: API users have no address of their own. */
  readonly email: string;
}

type GroupChange = Outcome<{ readonly gid: string; readonly uid: string }>;

/**
 * Puts a user into a group. The actor must hold `user.ctrl` and all the group gives, wherever it gives something.
 *
 * An unknown address becomes a user, so that the answer tells nothing about who is one.
 */
export async function addGroupMember(
  context: AdministrationContext,
  actor: Actor,
  input: GroupUserInput,
): Promise<GroupChange> {
  return commandBy(context, actor, async (tx, standing) => {
    const group = await findOwnGroup(tx, standing, input.gid, input.version);
    if (!group.allowed) return group;
    const user = await findOrInvite(tx, context, standing, input.email);
    if (!user.allowed) return user;
    const { gid } = group.value;
    const { uid } = user.value;
    const judged = judgeGrants(context, standing, await readReach(tx, gid));
    if (!judged.allowed) return judged;
    return judgeGains(tx, context, standing, [uid], async () => {
      if ((await tx.get('groupMember', { gid, uid })) !== undefined) return allow({ gid, uid });
      const room = await checkMemberRoom(tx, context, standing, { gid, uid });
      if (!room.allowed) return room;
      await tx.insert('groupMember', { gid, uid });
      const reach = await checkReach(tx, context, standing, { gid, direction: 'up' });
      if (!reach.allowed) return reach;
      await bumpGroup(tx, group.value);
      tx.touch('user', uid);
      const details = { uid, email: user.value.email };
      await auditGroup(tx, context, standing, gid, { action: 'group.member.add', details });
      return allow({ gid, uid });
    });
  });
}

/** Takes a user out of a group, at once. */
export async function removeGroupMember(
  context: AdministrationContext,
  actor: Actor,
  { gid, email, version }: GroupUserInput,
): Promise<GroupChange> {
  return commandBy(context, actor, async (tx, standing) => {
    const group = await findOwnGroup(tx, standing, gid, version);
    if (!group.allowed) return group;
    const uid = (await findUserBy(tx, email))?.uid ?? '';
    if ((await tx.remove('groupMember', { gid, uid })) === 0) return denyNotThere();
    await bumpGroup(tx, group.value);
    tx.touch('user', uid);
    await auditGroup(tx, context, standing, gid, { action: 'group.member.remove', details: { uid } });
    return allow({ gid, uid });
  });
}

/** Makes a user an owner of the group. Owners manage it; what it gives they have only as members. */
export async function addGroupOwner(
  context: AdministrationContext,
  actor: Actor,
  input: GroupUserInput,
): Promise<GroupChange> {
  return commandBy(context, actor, async (tx, standing) => {
    const group = await findOwnGroup(tx, standing, input.gid, input.version);
    if (!group.allowed) return group;
    if (standing.segmented) return deny('ERR_ESCALATION', { members: { dimension: 'segment', beyond: ['segment'] } });
    const user = await findOrInvite(tx, context, standing, input.email);
    if (!user.allowed) return user;
    const { gid } = group.value;
    const { uid } = user.value;
    if ((await tx.get('groupOwner', { gid, uid })) !== undefined) return allow({ gid, uid });
    const owners = checkLimit(context, standing, 'groupOwners', await tx.count('groupOwner', { gid }));
    if (!owners.allowed) return owners;
    const owned = checkLimit(context, standing, 'groupsOwned', await tx.count('groupOwner', { uid }));
    if (!owned.allowed) return owned;
    await tx.insert('groupOwner', { gid, uid });
    await bumpGroup(tx, group.value);
    const details = { uid, email: user.value.email };
    await auditGroup(tx, context, standing, gid, { action: 'group.owner.add', details });
    return allow({ gid, uid });
  });
}

/** Unmakes an owner of the group; the last one stays (`ERR_LAST_OWNER`). */
export async function removeGroupOwner(
  context: AdministrationContext,
  actor: Actor,
  { gid, email, version }: GroupUserInput,
): Promise<GroupChange> {
  return commandBy(context, actor, async (tx, standing) => {
    const group = await findOwnGroup(tx, standing, gid, version);
    if (!group.allowed) return group;
    const uid = (await findUserBy(tx, email))?.uid ?? '';
    const owners = await tx.find('groupOwner', { gid });
    if (!owners.some((owner) => owner.uid === uid)) return denyNotThere();
    if (owners.length === 1) return deny('ERR_LAST_OWNER');
    await tx.remove('groupOwner', { gid, uid });
    await tx.remove('made', { uid, kind: 'group', id: gid });
    await bumpGroup(tx, group.value);
    await auditGroup(tx, context, standing, gid, { action: 'group.owner.remove', details: { uid } });
    return allow({ gid, uid });
  });
}

async function findOrInvite(
  tx: SecurityTransaction,
  context: AdministrationContext,
  standing: Standing,
  address: string,
): Promise<Outcome<UserRow>> {
  const found = await findUserBy(tx, address);
  if (found !== undefined) return allow(found);
  return isUuid(address.toLowerCase()) ? denyNotThere() : findOrCreateUser(tx, context, standing, address);
}

function denyNotThere(): Outcome<never> {
  return deny('ERR_NOT_FOUND', { detail: 'no such user in the group' });
}
