import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { GroupMemberRow, GroupRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { checkLimit, denyLimit, limitsOf } from '../command/caller-limits.js';
import { type AdministrationContext, commandBy, urgently } from '../command/context.js';
import { type Conditional, checkVersion } from '../command/expected-version.js';
import { auditGroup, bumpGroup } from '../consent/change-group.js';
import { offerPlaces } from '../consent/offer-places.js';
import { removeStaleOffers } from '../consent/stale-offers.js';
import { checkGains, checkGrants } from '../escalation/check-gain.js';
import { checkUserControl } from '../escalation/check-held.js';
import { readPlacesOf } from '../escalation/group-graph.js';
import { MAX_SINGLE_USERS, readReach, readWidestReach, touchUsersOf } from '../escalation/group-reach.js';
import { denyNoGroup, findOwnGroup } from './find-group.js';
import { checkReach } from './group-limits.js';

export interface GroupOrganizationInput extends Conditional {
  readonly gid: string;
  readonly oid: string;
}

/**
 * Attaches an organization to a group, so that the group grants its permissions in that organization. Members who have
 * accepted the organization get the permissions immediately. To all other members, the permissions are only offered. In
 * the organization, the actor must hold `user.ctrl` and all permissions that the group grants.
 *
 * @example
 * const outcome = await addGroupOrganization(context, actor, { gid, oid });
 */
export async function addGroupOrganization(
  context: AdministrationContext,
  actor: Actor,
  { gid, oid, version }: GroupOrganizationInput,
): Promise<Outcome<GroupOrganizationInput>> {
  return commandBy(context, actor, async (tx, actorState) => {
    const group = await findOwnGroup(tx, actorState, gid, version);
    if (!group.allowed) return group;
    const held = checkUserControl(context, actorState, oid);
    if (!held.allowed) return held;
    if ((await tx.get('organization', { oid })) === undefined) {
      return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
    }
    const places = await readPlacesOf(tx, [gid]);
    const uids = new Set(places.map(({ uid }) => uid));
    const single = uids.size <= MAX_SINGLE_USERS;
    const affected = single ? uids : [];
    return checkGains(tx, context, actorState, {
      uids: affected,
      write: async () => {
        if ((await tx.get('groupOrganization', { gid, oid })) !== undefined) return allow({ gid, oid });
        const attached = await attach(tx, context, actorState, { group: group.value, oid, places });
        if (!attached.allowed) return attached;
        await auditGroup(tx, context, actorState, { gid, action: 'group.org.add', details: { oid } });
        const judged = await checkAttached(tx, context, actorState, { gid, oid, single });
        return judged.allowed ? allow({ gid, oid }) : judged;
      },
    });
  });
}

/** Checks that the actor holds all permissions that the group grants in the newly attached organization. */
async function checkAttached(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { gid, oid, single }: { readonly gid: string; readonly oid: string; readonly single: boolean },
): Promise<Outcome<undefined>> {
  const reach = single ? await readReach(tx, gid) : await readWidestReach(tx, gid, []);
  if (reach === undefined) return denyLimit('groupReach', limitsOf(context).groupReach);
  return checkGrants(context, actorState, [[oid, reach.get(oid) ?? []]]);
}

async function attach(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { group, oid, places }: { readonly group: GroupRow; readonly oid: string; readonly places: Iterable<GroupMemberRow> },
): Promise<Outcome<undefined>> {
  const { gid } = group;
  const room = checkLimit(context, actorState, 'groupOrganizations', await tx.count('groupOrganization', { gid }));
  if (!room.allowed) return room;
  await tx.insert('groupOrganization', { gid, oid });
  const reach = await checkReach(tx, context, actorState, { gid, direction: 'down' });
  if (!reach.allowed) return reach;
  await bumpGroup(tx, group);
  const offered = await offerPlaces(tx, context, actorState, { places, oids: [oid] });
  if (!offered.allowed) return offered;
  await touchUsersOf(tx, gid);
  return allow(undefined);
}

/**
 * Detaches an organization from a group. The group immediately stops granting its permissions in that organization. The
 * actor must own the group or hold `user.ctrl` in the organization.
 *
 * @example
 * const outcome = await removeGroupOrganization(context, actor, { gid, oid });
 */
export async function removeGroupOrganization(
  context: AdministrationContext,
  actor: Actor,
  { gid, oid, version }: GroupOrganizationInput,
): Promise<Outcome<GroupOrganizationInput>> {
  return commandBy(urgently(context), actor, async (tx, actorState) => {
    const group = await findDetachable(tx, context, actorState, { gid, oid, version });
    if (!group.allowed) return group;
    await auditGroup(tx, context, actorState, { gid, action: 'group.org.remove', details: { oid } });
    await touchUsersOf(tx, gid);
    if ((await tx.remove('groupOrganization', { gid, oid })) === 0) {
      return deny('ERR_NOT_FOUND', { detail: 'no such organization in the group' });
    }
    await removeStaleOffers(tx, [gid]);
    await bumpGroup(tx, group.value);
    return allow({ gid, oid });
  });
}

async function findDetachable(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { gid, oid, version }: GroupOrganizationInput,
): Promise<Outcome<GroupRow>> {
  const attached = await tx.get('groupOrganization', { gid, oid });
  if (attached === undefined || !checkUserControl(context, actorState, oid).allowed) {
    return findOwnGroup(tx, actorState, gid, version);
  }
  const group = await tx.get('group', { gid });
  if (group === undefined) return denyNoGroup();
  const seen = checkVersion(group.version, version);
  return seen.allowed ? allow(group) : seen;
}
