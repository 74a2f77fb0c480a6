import { groupsFrom, walkGroups } from '../../principal/group-walk.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { readNearGroups } from '../escalation/group-graph.js';

/**
 * Returns the groups of which the user is a direct member and which grant the user rights in an organization. A group
 * grants rights there if the group, or a group that contains it, is attached to the organization.
 *
 * Starts from the user's groups. The user may be in too many groups, because other users can add a user to groups. In
 * this case, starts from the groups attached to the organization instead.
 */
export async function readAttachedPlaces(tx: ReadTransaction, uid: string, oid: string): Promise<readonly string[]> {
  const attached = new Set((await tx.find('groupOrganization', { oid })).map(({ gid }) => gid));
  if (attached.size === 0) return [];
  const near = await readNearGroups(tx, { uid });
  if (near !== undefined) {
    const places = near.places.map(({ gid }) => gid);
    return places.filter((place) => [...groupsFrom(place, near.walk)].some((gid) => attached.has(gid)));
  }
  const found: string[] = [];
  for (const gid of (await walkGroups(tx, attached, 'down')).groups) {
    if ((await tx.get('groupMember', { gid, uid })) !== undefined) found.push(gid);
  }
  return found;
}
