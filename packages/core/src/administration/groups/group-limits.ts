import { allow, type Outcome } from '../../denial/denial.js';
import { type Direction, groupsFrom, type Walk, walkGroups } from '../../principal/group-walk.js';
import type { ReadTransaction, WriteTransaction } from '../../store/transaction.js';
import type { ActorState } from '../command/actor-state.js';
import { checkLimit, denyLimit, limitsOf } from '../command/caller-limits.js';
import type { AdministrationContext } from '../command/context.js';

/** Refuses one more member of a group if the group, or the number of groups the user would be in, exceeds its limit. */
export async function checkMemberRoom(
  tx: WriteTransaction,
  context: AdministrationContext,
  standing: ActorState,
  { gid, uid }: { readonly gid: string; readonly uid: string },
): Promise<Outcome<undefined>> {
  if (standing.operator) return allow(undefined);
  const direct = checkLimit(context, standing, 'groupMembers', await tx.count('groupMember', { gid }));
  if (!direct.allowed) return direct;
  const { groupsOfUser } = limitsOf(context);
  const own = await tx.find('groupMember', { uid, accepted: true }, { limit: groupsOfUser + 1 });
  const { groups } = await walkGroups(tx, [gid, ...own.map((row) => row.gid)], 'up', groupsOfUser);
  return groups.size > groupsOfUser ? denyLimit('groupsOfUser', groupsOfUser) : allow(undefined);
}

/** Refuses one more nested group if the number on one level or on all levels exceeds its limit. */
export async function checkNestingRoom(
  tx: WriteTransaction,
  context: AdministrationContext,
  standing: ActorState,
  { gid, above, below }: { readonly gid: string; readonly above: Walk; readonly below: Walk },
): Promise<Outcome<undefined>> {
  if (standing.operator) return allow(undefined);
  const direct = checkLimit(context, standing, 'groupsInGroup', await tx.count('groupChild', { gid }));
  if (!direct.allowed) return direct;
  const { groupsConnected } = limitsOf(context);
  const inside = await walkGroups(tx, above.groups, 'down', groupsConnected);
  const outside = await walkGroups(tx, below.groups, 'up', groupsConnected);
  const most = Math.max(inside.groups.size + below.groups.size, outside.groups.size + above.groups.size);
  return most > groupsConnected ? denyLimit('groupsConnected', groupsConnected) : allow(undefined);
}

/**
 * Refuses a change after which the reach of a group exceeds the limit. The reach is the number of memberships of the
 * group and the groups inside it, multiplied by the number of organizations attached to it and to the groups that
 * contain it.
 *
 * Call it after the change, in the same transaction. `changed` leads to every group whose reach can grow: `up` if users
 * were added, `down` if organizations were added.
 */
export async function checkReach(
  tx: ReadTransaction,
  context: AdministrationContext,
  standing: ActorState,
  ...changed: readonly { readonly gid: string; readonly direction: Direction }[]
): Promise<Outcome<undefined>> {
  if (standing.operator) return allow(undefined);
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
  // Every group reaches at least its own share of these places, so more of them exceed the limit of some group.
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
