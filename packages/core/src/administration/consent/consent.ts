import { groupsFrom, walkGroups } from '../../principal/group-walk.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { readNearGroups } from '../escalation/group-graph.js';

/** True if the user has accepted the organization, so that rights granted to the user there take effect. */
export async function hasAccepted(tx: ReadTransaction, uid: string, oid: string): Promise<boolean> {
  return (await tx.get('consent', { uid, oid })) !== undefined;
}

/**
 * Returns the value that an offer stores as its giver: the uid of a user, or the identity of a key that belongs to no
 * user. Returns null for the operator.
 */
export function giverOf({ operator, uid, identity }: ActorState): string | null {
  return operator ? null : (uid ?? identity ?? null);
}

/**
 * Stores a user's consent to an organization, unless the consent is already stored.
 *
 * All rights granted to the user in the organization take effect as soon as the consent is stored. The caller of this
 * function must therefore check these rights first.
 */
export async function storeConsent(
  tx: SecurityTransaction,
  context: Pick<AdministrationContext, 'now'>,
  { uid, oid }: { readonly uid: string; readonly oid: string },
): Promise<void> {
  if (await hasAccepted(tx, uid, oid)) return;
  await tx.insert('consent', { uid, oid, acceptedAt: context.now() });
  await tx.update('membership', { uid, oid }, { accepted: true });
  await tx.remove('offer', { oid, uid });
  await tx.remove('decline', { uid, oid });
  await acceptPlacesIn(tx, uid, oid);
  tx.touch('membership', `${uid}:${oid}`);
}

/**
 * Removes a user's consent to an organization, the user's membership in the organization, and all offers of the
 * organization to the user. If the user is later granted rights in the organization, these rights are only offered.
 */
export async function endConsent(tx: SecurityTransaction, uid: string, oid: string): Promise<void> {
  await tx.remove('offer', { oid, uid });
  await tx.remove('membership', { uid, oid });
  if ((await tx.remove('consent', { uid, oid })) > 0) tx.touch('membership', `${uid}:${oid}`);
}

/**
 * Marks the user's group memberships as accepted if they grant rights in the organization that the user has just
 * accepted.
 */
async function acceptPlacesIn(tx: SecurityTransaction, uid: string, oid: string): Promise<void> {
  const near = await readNearGroups(tx, { uid, accepted: false });
  if (near === undefined) return acceptPlacesOfMany(tx, uid, oid);
  if (near.places.length === 0) return;
  const giving = new Set((await tx.find('groupOrganization', { oid })).map(({ gid }) => gid));
  for (const { grants } of await tx.findPolicies([oid], [...near.walk.groups])) {
    for (const gid of Object.keys(grants)) giving.add(gid);
  }
  for (const { gid } of near.places) {
    const gives = [...groupsFrom(gid, near.walk)].some((group) => giving.has(group));
    if (gives) await tx.update('groupMember', { gid, uid }, { accepted: true });
  }
}

/**
 * Does the same as `acceptPlacesIn`, for a user who is in too many groups (other users can add a user to groups).
 * Starts from the groups of the organization instead of the groups of the user.
 */
async function acceptPlacesOfMany(tx: SecurityTransaction, uid: string, oid: string): Promise<void> {
  const gids = new Set((await tx.find('groupOrganization', { oid })).map(({ gid }) => gid));
  for (const { grants } of await tx.find('policy', { oid })) for (const gid of Object.keys(grants)) gids.add(gid);
  for (const gid of (await walkGroups(tx, gids, 'down')).groups) {
    const place = await tx.get('groupMember', { gid, uid });
    if (place?.accepted === false) await tx.update('groupMember', { gid, uid }, { accepted: true });
  }
}
