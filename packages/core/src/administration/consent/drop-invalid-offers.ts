import type { SecurityTransaction } from '../../revision/security-write.js';
import type { OfferRow } from '../../store/rows.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { commonGrants } from '../escalation/common-grants.js';
import { readAttachedPlaces } from './attached-places.js';
import { auditGroup, bumpGroup } from './change-group.js';
import { storeConsent } from './consent.js';
import { readValidOffers, type ValidOffers } from './valid-offers.js';

interface Answered {
  readonly oid: string;
  readonly uid: string;
  readonly offered: ValidOffers;
  /** Groups to which the operator adds the user in this command. They need no offer. @default none */
  readonly covered?: Iterable<string>;
}

/**
 * Removes the rights of a user that no valid offer covers: permissions of the user's membership in one organization,
 * and memberships in groups that grant rights there. An offer is valid if its giver would be allowed to make the offer
 * now.
 *
 * Must be called before the user's consent is stored, in the same transaction.
 */
export async function dropInvalidOffers(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  answered: Answered,
): Promise<void> {
  const { valid } = answered.offered;
  await keepOffered(
    tx,
    context,
    answered,
    valid.filter(({ via }) => via === ''),
  );
  await dropUncovered(tx, context, actorState, answered);
}

/**
 * Stores a user's consent to an organization because the operator adds the user to the organization. Earlier offers of
 * the organization to the user take effect if the givers of the offers would still be allowed to make them. All other
 * offers are dropped.
 */
export async function joinByOperator(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { oid, uid, covered = [] }: Omit<Answered, 'offered'>,
): Promise<void> {
  if ((await tx.get('consent', { uid, oid })) !== undefined) return;
  const offered = await readValidOffers(tx, context, { oid, uid });
  await dropInvalidOffers(tx, context, actorState, { oid, uid, offered, covered });
  await storeConsent(tx, context, { uid, oid });
}

/**
 * Removes from an offered membership all rights that no valid offer contains. Removes the whole membership if there are
 * no valid offers.
 */
async function keepOffered(
  tx: SecurityTransaction,
  { catalogue }: AdministrationContext,
  { oid, uid }: Pick<OfferRow, 'oid' | 'uid'>,
  good: readonly OfferRow[],
): Promise<void> {
  const membership = await tx.get('membership', { oid, uid });
  if (membership === undefined) return;
  if (good.length === 0) {
    await tx.remove('membership', { oid, uid });
    return;
  }
  const offered = good.flatMap(({ permissions }) => permissions);
  const permissions = commonGrants(membership.permissions, offered, catalogue).sort();
  const isOwner = membership.role === 'owner' && good.some(({ role }) => role === 'owner');
  await tx.update('membership', { oid, uid }, { role: isOwner ? 'owner' : 'member', permissions });
}

/**
 * Removes the user from each group that grants rights in the organization but has no valid offer to the user. A group
 * has no valid offer in these cases: the giver of the offer may no longer make it, the offer has expired or was already
 * answered, or no offer was made because the user had declined an earlier offer.
 *
 * Exception: the user stays in a group for which no offer is stored if the giver of another offer, which is valid,
 * would be allowed to grant the rights of the group.
 */
async function dropUncovered(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { oid, uid, offered, covered: given = [] }: Answered,
): Promise<void> {
  const covered = new Set([...given, ...offered.valid.map(({ via }) => via)]);
  const voided = new Set((await tx.find('offer', { oid, uid })).map(({ via }) => via));
  const uncovered = (await readAttachedPlaces(tx, uid, oid)).filter((gid) => !covered.has(gid));
  const givable = await offered.findGivable(uncovered.filter((gid) => !voided.has(gid)));
  for (const gid of uncovered) if (!givable.has(gid)) await dropPlace(tx, context, actorState, { gid, uid });
}

/** Removes a user from a group, and records this change in the audit. */
async function dropPlace(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { gid, uid }: { readonly gid: string; readonly uid: string },
): Promise<void> {
  const group = await tx.get('group', { gid });
  if (group === undefined || (await tx.remove('groupMember', { gid, uid })) === 0) return;
  await tx.remove('offer', { uid, via: gid });
  await bumpGroup(tx, group);
  for (const { oid } of await tx.find('consent', { uid })) tx.touch('membership', `${uid}:${oid}`);
  await auditGroup(tx, context, actorState, { gid, action: 'group.member.remove', details: { uid } });
}
