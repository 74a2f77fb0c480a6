import { allow, type Outcome } from '../../denial/denial.js';
import { type Direction, groupsFrom, type Walk, walkGroups } from '../../principal/group-walk.js';
import type { ReadTransaction, WriteTransaction } from '../../store/transaction.js';
import type { ActorState } from '../command/actor-state.js';
import { checkLimit, checkRoom, denyLimit, limitsOf } from '../command/caller-limits.js';
import type { AdministrationContext } from '../command/context.js';

/**
 * Checks two limits before a user is added to a group: the number of members of the group, and the number of groups
 * that the user belongs to.
 */
export async function checkMemberRoom(
  tx: WriteTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { gid, uid }: { readonly gid: string; readonly uid: string },
): Promise<Outcome<undefined>> {
  if (actorState.operator) return allow(undefined);
  const members = { name: 'groupMembers', table: 'groupMember', where: { gid } } as const;
  const direct = await checkRoom(tx, context, actorState, members);
  if (!direct.allowed) return direct;
  const { groupsOfUser } = limitsOf(context);
  const own = await tx.find('groupMember', { uid, accepted: true }, { limit: groupsOfUser + 1 });
  const { groups } = await walkGroups(tx, [gid, ...own.map((row) => row.gid)], 'up', groupsOfUser);
  return groups.size > groupsOfUser ? denyLimit('groupsOfUser', groupsOfUser) : allow(undefined);
}

/**
 * Checks two limits before one more group is nested in the group `gid`: the number of groups nested directly in one
 * group, and the number of groups connected with one group. Groups are connected if one contains the other, directly or
 * through other groups.
 */
export async function checkNestingRoom(
  tx: WriteTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { gid, above, below }: { readonly gid: string; readonly above: Walk; readonly below: Walk },
): Promise<Outcome<undefined>> {
  if (actorState.operator) return allow(undefined);
  const direct = checkLimit(context, actorState, 'groupsInGroup', await tx.count('groupChild', { gid }));
  if (!direct.allowed) return direct;
  const { groupsConnected } = limitsOf(context);
  const inside = await walkGroups(tx, above.groups, 'down', groupsConnected);
  const outside = await walkGroups(tx, below.groups, 'up', groupsConnected);
  const most = Math.max(inside.groups.size + below.groups.size, outside.groups.size + above.groups.size);
  return most > groupsConnected ? denyLimit('groupsConnected', groupsConnected) : allow(undefined);
}

/**
 * Checks that a change has not raised a group's reach above the limit. The reach is the number of members of the group
 * and of the groups nested in it, multiplied by the number of organizations attached to the group and to the groups
 * that contain it.
 *
 * Call this after the change, in the same transaction. `changed` lists the changed groups. `direction` tells which
 * other groups have a new reach: `up` (the groups that contain the changed group) if members were added, `down` (the
 * groups nested in the changed group) if organizations were added.
 */
export async function checkReach(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  ...changed: readonly { readonly gid: string; readonly direction: Direction }[]
): Promise<Outcome<undefined>> {
  if (actorState.operator) return allow(undefined);
  const { groupReach, groupsConnected } = limitsOf(context);
  const suspects = new Set<string>();
  for (const { gid, direction } of changed) {
    const walk = await walkGroups(tx, [gid], direction, groupsConnected);
    if (!walk.whole) return denyLimit('groupsConnected', groupsConnected);
    for (const group of walk.groups) suspects.add(group);
  }
  const down = await walkGroups(tx, suspects, 'down', groupsConnected);
  const up = await walkGroups(tx, suspects, 'up', groupsConnected);
  if (!down.whole || !up.whole) return denyLimit('groupsConnected', groupsConnected);
  // If there are more memberships than `most`, at least one of the groups exceeds its limit.
  const most = groupReach * suspects.size;
  const places = await tx.findIn('groupMember', 'gid', [...down.groups], most + 1);
  if (places.length > most) return denyLimit('groupReach', groupReach);
  const members = countBy(places.map(({ gid }) => gid));
  const attached = groupBy(await tx.findIn('groupOrganization', 'gid', [...up.groups]));
  for (const gid of suspects) {
    let users = 0;
    for (const group of groupsFrom(gid, down)) users += members.get(group) ?? 0;
    const oids = new Set([...groupsFrom(gid, up)].flatMap((group) => attached.get(group) ?? []));
    if (users * Math.max(1, oids.size) > groupReach) return denyLimit('groupReach', groupReach);
  }
  return allow(undefined);
}

function countBy(gids: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const gid of gids) counts.set(gid, (counts.get(gid) ?? 0) + 1);
  return counts;
}

function groupBy(rows: readonly { readonly gid: string; readonly oid: string }[]): ReadonlyMap<string, string[]> {
  const oids = new Map<string, string[]>();
  for (const { gid, oid } of rows) oids.set(gid, [...(oids.get(gid) ?? []), oid]);
  return oids;
}
