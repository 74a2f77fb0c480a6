import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { Millis } from '../../store/columns.js';
import type { OfferRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { ActorState } from '../command/actor-state.js';
import { checkLimit } from '../command/caller-limits.js';
import type { AdministrationContext } from '../command/context.js';
import { giverOf } from './consent.js';

/**
 * Term of an offer, in milliseconds. An unanswered offer expires after this time. After a user has declined, the
 * organization must wait for the same time before it may make the user a new offer.
 */
export const OFFER_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Content of an offer: the organization, the user, and the rights that the user gets in the organization by accepting
 * the offer. The giver and the time of the offer are not included.
 */
export type Offered = Pick<OfferRow, 'oid' | 'uid' | 'via' | 'role' | 'permissions' | 'address'>;

/** True if the offer has not expired. */
export function isOpen({ madeAt }: Pick<OfferRow, 'madeAt'>, now: Millis): boolean {
  return madeAt + OFFER_MS > now;
}

/**
 * Returns the unexpired offers that an organization has made to a user. If `via` is a group, returns only offers made
 * through that group. If `via` is an empty string, returns only offers of a membership in the organization.
 */
export async function findOpenOffers(
  tx: ReadTransaction,
  { oid, uid, via }: Pick<OfferRow, 'oid' | 'uid'> & { readonly via?: string },
  now: Millis,
): Promise<readonly OfferRow[]> {
  const offers = await tx.find('offer', { oid, uid, ...(via === undefined ? {} : { via }) });
  return offers.filter((offer) => isOpen(offer, now));
}

/**
 * Returns the time until which an organization may not make new offers to a user, because the user has declined.
 * Returns undefined if the organization may make new offers now.
 */
export async function readDeclinedUntil(
  tx: ReadTransaction,
  { oid, uid }: Pick<OfferRow, 'oid' | 'uid'>,
  now: Millis,
): Promise<Millis | undefined> {
  const decline = await tx.get('decline', { uid, oid });
  const until = (decline?.declinedAt ?? 0) + OFFER_MS;
  return decline !== undefined && until > now ? until : undefined;
}

/**
 * Stores an offer made by the actor. If the actor has already made the user an offer through the same group, adds the
 * rights to the existing offer and restarts the term of this offer. Offers of other actors stay separate.
 *
 * Checks only the limits on offers. Invalidates no cached credential, because an offer grants nothing until it is
 * accepted.
 */
export async function writeOffer(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  offered: Offered,
): Promise<Outcome<undefined>> {
  const giver = giverOf(actorState);
  if (giver === null) throw new TypeError('the operator cannot make an offer');
  const { oid, uid, via } = offered;
  const madeAt = context.now();
  const key = { oid, uid, via, giver };
  const found = await tx.get('offer', key);
  if (found !== undefined) {
    const before = isOpen(found, madeAt) ? found : { role: 'member', permissions: [], address: null };
    const permissions = [...new Set([...before.permissions, ...offered.permissions])].sort();
    const role = before.role === 'owner' ? 'owner' : offered.role;
    await tx.update('offer', key, { role, permissions, address: offered.address ?? before.address, madeAt });
    return allow(undefined);
  }
  const room = await checkOfferRoom(tx, context, actorState, oid);
  if (!room.allowed) return room;
  const giverKey = actorState.uid === undefined ? (actorState.keyId ?? null) : null;
  await tx.insert('offer', { ...offered, giver, giverKey, madeAt });
  await tx.remove('decline', { uid, oid });
  return allow(undefined);
}

/** Checks that one more offer may be made. If a limit is reached, first removes expired offers to make room. */
async function checkOfferRoom(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  oid: string,
): Promise<Outcome<undefined>> {
  const here = await countOpen(tx, context, 'offersOfOrganization', actorState, { oid });
  if (!here.allowed || actorState.uid === undefined) return here;
  return countOpen(tx, context, 'offersOfUser', actorState, { giver: actorState.uid });
}

async function countOpen(
  tx: SecurityTransaction,
  context: AdministrationContext,
  limit: 'offersOfOrganization' | 'offersOfUser',
  actorState: ActorState,
  where: { readonly oid: string } | { readonly giver: string },
): Promise<Outcome<undefined>> {
  const full = checkLimit(context, actorState, limit, await tx.count('offer', where));
  if (full.allowed) return full;
  for (const { oid, uid, via, giver, madeAt } of await tx.find('offer', where)) {
    if (!isOpen({ madeAt }, context.now())) await tx.remove('offer', { oid, uid, via, giver });
  }
  return checkLimit(context, actorState, limit, await tx.count('offer', where));
}

/** Returns the denial for an invitation that does not exist. */
export function denyNoInvitation(): Outcome<never> {
  return deny('ERR_NOT_FOUND', { detail: 'no such invitation' });
}
