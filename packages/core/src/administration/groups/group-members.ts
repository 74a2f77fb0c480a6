import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { denyIssues } from '../../denial/issue.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import { isUuid } from '../../store/ids.js';
import type { GroupMemberRow, GroupRow, UserRow } from '../../store/rows.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { checkLimit } from '../command/caller-limits.js';
import { type AdministrationContext, commandBy, urgently } from '../command/context.js';
import type { Conditional } from '../command/expected-version.js';
import { auditGroup, bumpGroup } from '../consent/change-group.js';
import { giverOf } from '../consent/consent.js';
import { offerPlaces } from '../consent/offer-places.js';
import { checkGains, checkGrants } from '../escalation/check-gain.js';
import { checkUserControl } from '../escalation/check-held.js';
import { type Reach, readReach, touchPlaces } from '../escalation/group-reach.js';
import { addressIn } from '../users/change-member.js';
import { findOrCreateUser } from '../users/create-user.js';
import { findUserBy } from '../users/members.js';
import { findOwnGroup } from './find-group.js';
import { checkMemberRoom, checkReach } from './group-limits.js';

export interface GroupUserInput extends Conditional {
  readonly gid: string;
  /**
   * E-mail address or uid of the user. An API user must be identified by its uid, because an API user has no real
   * address.
   */
  readonly email: string;
}

type GroupChange = Outcome<{ readonly gid: string; readonly uid: string }>;

/**
 * Adds a user to a group. In every organization where the group grants permissions, the actor must hold `user.ctrl` and
 * the permissions that the group grants there. To add an API user, the actor must also hold `user.ctrl` in the API
 * user's organization.
 *
 * In an organization that the user has not accepted, the group's permissions are only offered to the user.
 *
 * Creates a user if no user has the e-mail address, so that the result does not reveal which addresses belong to users.
 *
 * @example
 * const outcome = await addGroupMember(context, actor, { gid, email: 'ann@example.com' });
 */
export async function addGroupMember(
  context: AdministrationContext,
  actor: Actor,
  input: GroupUserInput,
): Promise<GroupChange> {
  return commandBy(context, actor, async (tx, actorState) => {
    const group = await findOwnGroup(tx, actorState, input.gid, input.version);
    if (!group.allowed) return group;
    const user = await findOrInvite(tx, context, actorState, input.email);
    if (!user.allowed) return user;
    const { gid } = group.value;
    const { uid, type } = user.value;
    const reach = await readReach(tx, gid);
    const checked = checkGrants(context, actorState, reach);
    if (!checked.allowed) return checked;
    return checkGains(tx, context, actorState, {
      uids: [uid],
      write: () =>
        insertPlace(tx, context, actorState, {
          group: group.value,
          reach,
          // An API user is treated as having accepted, because an API user never answers an offer, and because only
          // actors who manage the API user may add it to a group.
          place: {
            gid,
            uid,
            accepted: type === 'api',
            giver: giverOf(actorState),
            address: addressIn(input.email) ?? null,
          },
        }),
    });
  });
}

async function insertPlace(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { group, reach, place }: { group: GroupRow; reach: Reach; place: GroupMemberRow },
): Promise<GroupChange> {
  const { gid, uid } = place;
  const known = await tx.get('groupMember', { gid, uid });
  if (known === undefined) {
    const room = await checkMemberRoom(tx, context, actorState, { gid, uid });
    if (!room.allowed) return room;
    await tx.insert('groupMember', place);
    const fits = await checkReach(tx, context, actorState, { gid, direction: 'up' });
    if (!fits.allowed) return fits;
  }
  const offered = await offerPlaces(tx, context, actorState, { places: [place], oids: [...reach.keys()] });
  if (!offered.allowed || known !== undefined) return offered.allowed ? allow({ gid, uid }) : offered;
  await bumpGroup(tx, group);
  await touchPlaces(tx, gid, [place]);
  await auditGroup(tx, context, actorState, { gid, action: 'group.member.add', details: { uid } });
  return allow({ gid, uid });
}

/**
 * Removes a user from a group. The removal takes effect immediately.
 *
 * @example
 * const outcome = await removeGroupMember(context, actor, { gid, email: 'ann@example.com' });
 */
export async function removeGroupMember(
  context: AdministrationContext,
  actor: Actor,
  { gid, email, version }: GroupUserInput,
): Promise<GroupChange> {
  return commandBy(urgently(context), actor, async (tx, actorState) => {
    const group = await findOwnGroup(tx, actorState, gid, version);
    if (!group.allowed) return group;
    const uid = (await findUserBy(tx, email))?.uid ?? '';
    const place = await tx.get('groupMember', { gid, uid });
    if (place === undefined) return denyNotThere();
    await touchPlaces(tx, gid, [place]);
    await tx.remove('groupMember', { gid, uid });
    await tx.remove('offer', { uid, via: gid });
    await bumpGroup(tx, group.value);
    await auditGroup(tx, context, actorState, { gid, action: 'group.member.remove', details: { uid } });
    return allow({ gid, uid });
  });
}

/**
 * Makes a user an owner of a group. Owners manage the group, but get the group's permissions only if they are also
 * members.
 *
 * @example
 * const outcome = await addGroupOwner(context, actor, { gid, email: 'ann@example.com' });
 */
export async function addGroupOwner(
  context: AdministrationContext,
  actor: Actor,
  input: GroupUserInput,
): Promise<GroupChange> {
  return commandBy(context, actor, async (tx, actorState) => {
    const group = await findOwnGroup(tx, actorState, input.gid, input.version);
    if (!group.allowed) return group;
    if (actorState.segmented) return deny('ERR_ESCALATION', { members: { dimension: 'segment', beyond: ['segment'] } });
    const user = await findOrInvite(tx, context, actorState, input.email);
    if (!user.allowed) return user;
    const { gid } = group.value;
    const { uid, type } = user.value;
    if ((await tx.get('groupOwner', { gid, uid })) !== undefined) return allow({ gid, uid });
    if (type === 'api')
      return denyIssues([{ field: 'member_email', message: 'must not be an API user, which cannot own a group' }]);
    const owners = checkLimit(context, actorState, 'groupOwners', await tx.count('groupOwner', { gid }));
    if (!owners.allowed) return owners;
    const giver = giverOf(actorState);
    // Counts only groups in which the acting user made this user an owner, so that one actor cannot use up the limit
    // for all other actors.
    const given = checkLimit(context, actorState, 'groupsOwned', await tx.count('groupOwner', { uid, giver }));
    if (!given.allowed) return given;
    await tx.insert('groupOwner', { gid, uid, giver, address: addressIn(input.email) ?? null });
    await bumpGroup(tx, group.value);
    await auditGroup(tx, context, actorState, { gid, action: 'group.owner.add', details: { uid } });
    return allow({ gid, uid });
  });
}

/**
 * Removes an owner from a group. The last owner cannot be removed (`ERR_LAST_OWNER`).
 *
 * @example
 * const outcome = await removeGroupOwner(context, actor, { gid, email: 'ann@example.com' });
 */
export async function removeGroupOwner(
  context: AdministrationContext,
  actor: Actor,
  { gid, email, version }: GroupUserInput,
): Promise<GroupChange> {
  return commandBy(urgently(context), actor, async (tx, actorState) => {
    const group = await findOwnGroup(tx, actorState, gid, version);
    if (!group.allowed) return group;
    const uid = (await findUserBy(tx, email))?.uid ?? '';
    const owners = await tx.find('groupOwner', { gid });
    if (!owners.some((owner) => owner.uid === uid)) return denyNotThere();
    if (owners.length === 1) return deny('ERR_LAST_OWNER');
    await tx.remove('groupOwner', { gid, uid });
    await tx.remove('made', { uid, kind: 'group', id: gid });
    await bumpGroup(tx, group.value);
    await auditGroup(tx, context, actorState, { gid, action: 'group.owner.remove', details: { uid } });
    return allow({ gid, uid });
  });
}

async function findOrInvite(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  address: string,
): Promise<Outcome<UserRow>> {
  const found = await findUserBy(tx, address);
  if (found !== undefined) {
    const { type, oid } = found;
    const mayAdd = type !== 'api' || oid === null || checkUserControl(context, actorState, oid).allowed;
    return mayAdd ? allow(found) : denyNotThere();
  }
  return isUuid(address.toLowerCase()) ? denyNotThere() : findOrCreateUser(tx, context, actorState, address);
}

function denyNotThere(): Outcome<never> {
  return deny('ERR_NOT_FOUND', { detail: 'no such user in the group' });
}
