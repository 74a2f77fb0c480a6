import { groupsFrom, walkGroups } from '../../principal/group-walk.js';
import type { SecurityTransaction } from '../../revision/security-write.js';

/**
 * Maximum number of offers that are checked after one change to groups. Offers beyond this number stay listed, but
 * accepting them grants nothing.
 */
const MAX_OFFERS = 10_000;

/**
 * Removes offers that no longer offer any rights. Checks the offers made through these groups and through the groups
 * nested in them. An offer is removed if its group no longer grants rights in the organization of the offer.
 *
 * Must be called after the change to the groups, in the same transaction. Invalidates no cached credential, because an
 * offer grants nothing until it is accepted.
 */
export async function removeStaleOffers(tx: SecurityTransaction, gids: Iterable<string>): Promise<void> {
  const inside = await walkGroups(tx, gids, 'down');
  const offers = await tx.findIn('offer', 'via', [...inside.groups], MAX_OFFERS);
  if (offers.length === 0) return;
  const above = await walkGroups(tx, new Set(offers.map(({ via }) => via)), 'up');
  const attached = new Map<string, Set<string>>();
  for (const { gid, oid } of await tx.findIn('groupOrganization', 'gid', [...above.groups])) {
    attached.set(gid, (attached.get(gid) ?? new Set()).add(oid));
  }
  for (const { oid, uid, via, giver } of offers) {
    const isGiven = [...groupsFrom(via, above)].some((gid) => attached.get(gid)?.has(oid) === true);
    if (!isGiven) await tx.remove('offer', { oid, uid, via, giver });
  }
}
