import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { isUuid } from '../../store/ids.js';
import type { MembershipRow, UserRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { ActorState } from '../command/actor-state.js';
import type { Entitlements } from '../command/entitlements.js';
import { findOpenOffers } from '../consent/offers.js';
import { denyOwner } from '../escalation/check-gain.js';
import { isWholeOwner } from '../escalation/check-held.js';

export interface Member {
  readonly user: UserRow;
  readonly membership: MembershipRow;
}

/** Returns the user with this e-mail address or uid. For people, the letter case of the address is ignored. */
export async function findUserBy(tx: ReadTransaction, address: string): Promise<UserRow | undefined> {
  const uid = address.toLowerCase();
  if (isUuid(uid)) return tx.get('user', { uid });
  for (const email of new Set([address.normalize('NFC'), address.normalize('NFC').toLowerCase()])) {
    const [user] = await tx.find('user', { email }, { limit: 1 });
    if (user !== undefined) return user;
  }
  return undefined;
}

/** Finds a member by e-mail address or uid. A user to whom the organization offers a membership is found too. */
export async function findMember(
  tx: ReadTransaction,
  oid: string,
  address: string,
  now: number,
): Promise<Outcome<Member>> {
  const user = await findUserBy(tx, address);
  const membership = user === undefined ? undefined : await readMembership(tx, { uid: user.uid, oid }, now);
  if (user === undefined || membership === undefined) return denyNoUser();
  return allow({ user, membership });
}

/**
 * Returns a user's membership in an organization, accepted or only offered. Returns undefined if there is no
 * membership, or if it is only offered and all offers have expired.
 */
export async function readMembership(
  tx: ReadTransaction,
  { uid, oid }: { readonly uid: string; readonly oid: string },
  now: number,
): Promise<MembershipRow | undefined> {
  const row = await tx.get('membership', { uid, oid });
  if (row === undefined || row.accepted) return row;
  return (await findOpenOffers(tx, { oid, uid, via: '' }, now)).length > 0 ? row : undefined;
}

/** Returns the denial for a user who does not exist or belongs only to other organizations. */
export function denyNoUser(): Outcome<never> {
  return deny('ERR_NOT_FOUND', { detail: 'no such user in the organization' });
}

/**
 * Checks that the actor may take rights from a member or remove the member. If the member is an owner, the actor must
 * be an owner or the operator.
 */
export function checkOwnerOver(
  actorState: ActorState,
  power: Entitlements | undefined,
  { role }: MembershipRow,
): Outcome<undefined> {
  if (role !== 'owner' || actorState.operator || isWholeOwner(power)) return allow(undefined);
  return denyOwner();
}

/**
 * Checks that the organization does not lose its last owner if this member leaves or stops being an owner. There must
 * be another active owner who has accepted the membership. Otherwise, refuses with `ERR_LAST_OWNER`.
 */
export async function checkOtherOwner(
  tx: ReadTransaction,
  { oid, uid, role, accepted }: MembershipRow,
): Promise<Outcome<undefined>> {
  if (role !== 'owner' || !accepted) return allow(undefined);
  for (const other of await tx.find('membership', { oid, role: 'owner', accepted: true })) {
    if (other.uid === uid) continue;
    const user = await tx.get('user', { uid: other.uid });
    if (user?.active === true) return allow(undefined);
  }
  return deny('ERR_LAST_OWNER');
}
