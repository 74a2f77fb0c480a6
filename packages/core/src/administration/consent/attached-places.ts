import { groupsFrom, walkGroups } from '../../principal/group-walk.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { readNearGroups } from '../escalation/group-graph.js';

/**
 * Returns the groups that have the user as a direct member and grant the user something in an organization. A group
 * does so if it, or a group that contains it, is attached to the organization.
 *
 * Starts from the user's groups. If others have added the user to too many groups, starts from the groups attached to
 * the organization instead.
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
