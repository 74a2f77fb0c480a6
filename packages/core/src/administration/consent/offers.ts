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

/** Milliseconds after which an unanswered offer expires, and after which a declined organization can offer again. */
export const OFFER_MS = 30 * 24 * 60 * 60 * 1000;

/** An offer and its recipient. */
export type Offered = Pick<OfferRow, 'oid' | 'uid' | 'via' | 'role' | 'permissions' | 'address'>;

/** True if the offer has not expired. */
export function isOpen({ madeAt }: Pick<OfferRow, 'madeAt'>, now: Millis): boolean {
  return madeAt + OFFER_MS > now;
}

/** Returns the open offers of an organization to a user. */
export async function findOpenOffers(
  tx: ReadTransaction,
  { oid, uid, via }: Pick<OfferRow, 'oid' | 'uid'> & { readonly via?: string },
  now: Millis,
): Promise<readonly OfferRow[]> {
  const offers = await tx.find('offer', { oid, uid, ...(via === undefined ? {} : { via }) });
  return offers.filter((offer) => isOpen(offer, now));
}

/** Returns the time from which the organization can offer something to a user who declined. Undefined if it can now. */
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
 * Stores an offer of the actor, next to offers of others. An earlier offer of the actor is widened, and its term starts
 * again.
 *
 * Checks nothing but limits. Touches no scope, because an offer grants nothing until it is accepted.
 */
export async function writeOffer(
  tx: SecurityTransaction,
  context: AdministrationContext,
  standing: ActorState,
  offered: Offered,
): Promise<Outcome<undefined>> {
  const giver = giverOf(standing);
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
  const room = await checkOfferRoom(tx, context, standing, oid);
  if (!room.allowed) return room;
  const giverKey = standing.uid === undefined ? (standing.keyId ?? null) : null;
  await tx.insert('offer', { ...offered, giver, giverKey, madeAt });
  await tx.remove('decline', { uid, oid });
  return allow(undefined);
}

/** Refuses an offer that exceeds a limit with `ERR_LIMIT`. Expired offers are removed only if they use up the limit. */
async function checkOfferRoom(
  tx: SecurityTransaction,
  context: AdministrationContext,
  standing: ActorState,
  oid: string,
): Promise<Outcome<undefined>> {
  const here = await countOpen(tx, context, 'offersOfOrganization', standing, { oid });
  if (!here.allowed || standing.uid === undefined) return here;
  return countOpen(tx, context, 'offersOfUser', standing, { giver: standing.uid });
}

async function countOpen(
  tx: SecurityTransaction,
  context: AdministrationContext,
  limit: 'offersOfOrganization' | 'offersOfUser',
  standing: ActorState,
  where: { readonly oid: string } | { readonly giver: string },
): Promise<Outcome<undefined>> {
  const full = checkLimit(context, standing, limit, await tx.count('offer', where));
  if (full.allowed) return full;
  for (const { oid, uid, via, giver, madeAt } of await tx.find('offer', where)) {
    if (!isOpen({ madeAt }, context.now())) await tx.remove('offer', { oid, uid, via, giver });
  }
  return checkLimit(context, standing, limit, await tx.count('offer', where));
}

/** Returns the denial for an invitation that does not exist. */
export function denyNoInvitation(): Outcome<never> {
  return deny('ERR_NOT_FOUND', { detail: 'no such invitation' });
}
