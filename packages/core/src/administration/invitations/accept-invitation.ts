import { allow, type Outcome } from '../../denial/denial.js';
import { type Access, readUserAccess } from '../../principal/access.js';
import { identOf } from '../../principal/build.js';
import { lookUpKey } from '../../principal/key/key-lookup.js';
import { createRangeCheck } from '../../principal/key/ranges.js';
import { invalidReason, readSubject, type Subject } from '../../principal/read-subject.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { KeyRow, OfferRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { audit } from '../audit/audit.js';
import { type Actor, operatorState } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { checkLimit } from '../command/caller-limits.js';
import { type AdministrationContext, command, commandBy } from '../command/context.js';
import type { Entitlements } from '../command/entitlements.js';
import { isWholeKey, requireOwnName } from '../command/own-name.js';
import { readAttachedPlaces } from '../consent/attached-places.js';
import { hasAccepted, storeConsent } from '../consent/consent.js';
import { denyNoInvitation, findOpenOffers } from '../consent/offers.js';
import { checkHoldings } from '../escalation/check-gain.js';
import { commonGrants } from '../escalation/common-grants.js';
import { readPolicyGrants, readReach } from '../escalation/group-reach.js';
import { auditGroup, bumpGroup } from '../groups/change-group.js';

/** Identifies an invitation by the organization that invites the acting user. */
export interface InvitationReference {
  readonly oid: string;
}

/**
 * Accepts an organization's invitation. From then on, rights granted to the user there take effect. The user must act
 * in their own name.
 *
 * Checks every offer again, and ignores an offer if its giver would no longer be allowed to make it. Also removes the
 * user from groups that would grant rights in the organization without a valid offer. Refuses with `ERR_NOT_FOUND` if
 * there is no valid offer. Accepting again changes nothing.
 *
 * @example
 * const outcome = await acceptInvitation(context, actor, { oid });
 */
export async function acceptInvitation(
  context: AdministrationContext,
  actor: Actor,
  { oid }: InvitationReference,
): Promise<Outcome<InvitationReference>> {
  return commandBy(context, actor, async (tx, actorState) => {
    const user = requireOwnName(actorState, 'accept an invitation');
    if (!user.allowed) return user;
    if (user.value === undefined) return denyNoInvitation();
    return accept(tx, context, actorState, { oid, uid: user.value });
  });
}

/** A verified key that is being exchanged for a token in an organization that the key's user has not accepted. */
export interface ExchangedKey {
  readonly subject: Subject;
  /** Text of the key. */
  readonly secret: string;
  readonly oid: string;
  readonly address: string | undefined;
}

/**
 * Accepts an organization's invitation when a user exchanges a key for a token in that organization. Resolves to true
 * if an invitation was accepted.
 */
export type AcceptExchanged = (exchanged: ExchangedKey) => Promise<boolean>;

/**
 * Creates a function that accepts an organization's invitation when a user exchanges a key for a token in that
 * organization. The key must carry everything its user may do.
 *
 * @example
 * const acceptExchanged = createAcceptExchanged(context);
 * await exchange({ ...exchangeContext, acceptExchanged }, { uid, secret, oid }, req.ip);
 */
export function createAcceptExchanged(context: AdministrationContext): AcceptExchanged {
  const { store, now } = context;
  return async (exchanged) => {
    const { subject, oid } = exchanged;
    const { uid } = subject.key;
    if (uid === null || !isWholeKey(subject)) return false;
    const offers = await store.read((tx) => findOpenOffers(tx, { oid, uid }, now()));
    return offers.length > 0 && (await acceptByKey(context, exchanged)).allowed;
  };
}

/**
 * Accepts the invitation. Looks the key up again in the transaction, because it may have changed since it was verified.
 */
async function acceptByKey(
  context: AdministrationContext,
  { secret, oid, address }: ExchangedKey,
): Promise<Outcome<InvitationReference>> {
  const { store, now } = context;
  return command(context, async (tx) => {
    const isAdmitted = ({ ranges }: KeyRow) => createRangeCheck(ranges)(address);
    const found = await lookUpKey(tx, store.material.tag(secret), now(), isAdmitted);
    if (!found.allowed) return found;
    const { subject } = found.value;
    const { identity, key, user } = subject;
    if (user === undefined || !isWholeKey(subject)) return denyNoInvitation();
    const acting = { identity: identity.id, address, keyId: key.keyId, uid: user.uid, whole: true };
    const actorState: ActorState = { ...operatorState(identOf(subject)), operator: false, ...acting };
    return accept(tx, context, actorState, { oid, uid: user.uid });
  });
}

async function accept(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { oid, uid }: { readonly oid: string; readonly uid: string },
): Promise<Outcome<InvitationReference>> {
  if (await hasAccepted(tx, uid, oid)) return allow({ oid });
  const offers = await findOpenOffers(tx, { oid, uid }, context.now());
  const good: OfferRow[] = [];
  for (const offer of offers) if (await mayStillGive(tx, context, offer)) good.push(offer);
  if (good.length === 0) return denyNoInvitation();
  const room = checkLimit(context, actorState, 'membershipsAccepted', await tx.count('consent', { uid }));
  if (!room.allowed) return room;
  await keepOffered(
    tx,
    context,
    { oid, uid },
    good.filter(({ via }) => via === ''),
  );
  await dropUncovered(tx, context, actorState, { oid, uid, good });
  await storeConsent(tx, context, { uid, oid });
  await audit(tx, context, actorState, { oid, action: 'invitation.accept', target: uid });
  return allow({ oid });
}

/** Reduces an offered membership to the rights in the valid offers, or removes it if there are none. */
async function keepOffered(
  tx: SecurityTransaction,
  { catalogue }: AdministrationContext,
  key: { readonly oid: string; readonly uid: string },
  good: readonly OfferRow[],
): Promise<void> {
  const membership = await tx.get('membership', key);
  if (membership === undefined) return;
  if (good.length === 0) {
    await tx.remove('membership', { ...key });
    return;
  }
  const offered = good.flatMap(({ permissions }) => permissions);
  const permissions = commonGrants(membership.permissions, offered, catalogue).sort();
  const isOwner = membership.role === 'owner' && good.some(({ role }) => role === 'owner');
  await tx.update('membership', key, { role: isOwner ? 'owner' : 'member', permissions });
}

/**
 * Removes the user from groups that would grant rights in the organization without a valid offer. A valid offer may be
 * missing because its giver may no longer make it, because it has expired or was already answered, or because none was
 * made after the user had declined.
 *
 * A group without an offer is kept if the giver of a valid offer would be allowed to grant the same rights.
 */
async function dropUncovered(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { oid, uid, good }: { readonly oid: string; readonly uid: string; readonly good: readonly OfferRow[] },
): Promise<void> {
  const covered = new Set(good.map(({ via }) => via));
  const voided = new Set((await tx.find('offer', { oid, uid })).map(({ via }) => via));
  for (const gid of await readAttachedPlaces(tx, uid, oid)) {
    if (covered.has(gid)) continue;
    const access = await accessByGroup(tx, { oid, uid, via: gid });
    const isGiven = !voided.has(gid) && (await mayAnyGive(tx, context, good, { oid, access }));
    if (!isGiven) await dropPlace(tx, context, actorState, { gid, uid });
  }
}

/** Removes a user from a group, and records the change. */
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

/** True if the giver would still be allowed to make the offer. */
async function mayStillGive(tx: ReadTransaction, context: AdministrationContext, offer: OfferRow): Promise<boolean> {
  return mayAnyGive(tx, context, [offer], { oid: offer.oid, access: await accessOf(tx, offer) });
}

interface Given {
  readonly oid: string;
  /** Undefined if no rights are granted any more. */
  readonly access: Access | undefined;
}

/** True if the giver of at least one of these offers would be allowed to grant this access now. */
async function mayAnyGive(
  tx: ReadTransaction,
  context: AdministrationContext,
  offers: readonly OfferRow[],
  { oid, access }: Given,
): Promise<boolean> {
  if (access === undefined) return false;
  for (const offer of offers) {
    const power = await powerOf(tx, context, offer);
    if (power === undefined) continue;
    const actorState: ActorState = { ...operatorState(''), operator: false, in: () => power, asUser: () => power };
    if (checkHoldings(context, actorState, [[oid, access]]).allowed) return true;
  }
  return false;
}

/**
 * Returns the rights that the user gets by accepting an offer: those in the offer, and those that the organization's
 * policies grant to the user's groups. Undefined if the offered membership, or the membership in the group, no longer
 * exists.
 */
async function accessOf(tx: ReadTransaction, offer: OfferRow): Promise<Access | undefined> {
  const { oid, uid, via, role, permissions } = offer;
  if (via !== '') return accessByGroup(tx, offer);
  if ((await tx.get('membership', { uid, oid })) === undefined) return undefined;
  return { grants: [...permissions, ...(await readPolicyGrants(tx, uid, oid))], owner: role === 'owner' };
}

async function accessByGroup(
  tx: ReadTransaction,
  { oid, uid, via }: Pick<OfferRow, 'oid' | 'uid' | 'via'>,
): Promise<Access | undefined> {
  if ((await tx.get('groupMember', { gid: via, uid })) === undefined) return undefined;
  const grants = (await readReach(tx, via)).get(oid);
  return grants && { grants: [...grants, ...(await readPolicyGrants(tx, uid, oid))], owner: false };
}

async function powerOf(
  tx: ReadTransaction,
  context: AdministrationContext,
  { oid, giver, giverKey }: OfferRow,
): Promise<Entitlements | undefined> {
  if (giverKey !== null) return powerOfKey(tx, context, giverKey, oid);
  const user = await tx.get('user', { uid: giver });
  const access = user?.active ? (await readUserAccess(tx, user)).get(oid) : undefined;
  return access && { ...access, oid, flairs: [], narrowed: false, ranges: [], expiresAt: null };
}

async function powerOfKey(
  tx: ReadTransaction,
  context: AdministrationContext,
  keyId: string,
  oid: string,
): Promise<Entitlements | undefined> {
  const key = await tx.get('key', { keyId });
  if (key === undefined || invalidReason(key, context.now()) !== undefined) return undefined;
  const subject = await readSubject(tx, key);
  const access = typeof subject === 'string' ? undefined : subject.access.get(oid);
  return access && { ...access, oid, narrowed: false, ranges: key.ranges, expiresAt: key.expiresAt };
}
