import { allow, type Outcome } from '../../denial/denial.js';
import { identOf } from '../../principal/build.js';
import { lookUpKey } from '../../principal/key/key-lookup.js';
import { createRangeCheck } from '../../principal/key/ranges.js';
import type { Subject } from '../../principal/read-subject.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { KeyRow } from '../../store/rows.js';
import { audit } from '../audit/audit.js';
import { type Actor, operatorState } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { checkLimit } from '../command/caller-limits.js';
import { type AdministrationContext, command, commandBy } from '../command/context.js';
import { isWholeKey, requireOwnName } from '../command/own-name.js';
import { hasAccepted, storeConsent } from '../consent/consent.js';
import { dropInvalidOffers } from '../consent/drop-invalid-offers.js';
import { denyNoInvitation, findOpenOffers } from '../consent/offers.js';
import { readValidOffers } from '../consent/valid-offers.js';

/** Identifies an invitation by the organization that invites the acting user. */
export interface InvitationReference {
  readonly oid: string;
}

/**
 * Accepts an organization's invitation. Afterwards, rights granted to the user in that organization take effect. The
 * user must act in their own name (with a credential that has all rights of the user).
 *
 * An invitation consists of one or more offers of rights. Checks every offer again, and ignores offers that their
 * givers would no longer be allowed to make. Removes the user from groups that would grant rights in the organization
 * without a valid offer. Refuses with `ERR_NOT_FOUND` if there is no valid offer. If the user has already accepted the
 * organization, nothing changes.
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

/**
 * A verified key that is being exchanged for a token. The token is for the organization `oid`, which the key's user has
 * not accepted yet.
 */
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
 * organization. The function does nothing if the key does not have all rights of its user.
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
 * Accepts the invitation. Looks up the key again in the transaction, because the key may have changed since it was
 * verified.
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
  const offered = await readValidOffers(tx, context, { oid, uid });
  if (offered.valid.length === 0) return denyNoInvitation();
  const room = checkLimit(context, actorState, 'membershipsAccepted', await tx.count('consent', { uid }));
  if (!room.allowed) return room;
  await dropInvalidOffers(tx, context, actorState, { oid, uid, offered });
  await storeConsent(tx, context, { uid, oid });
  await audit(tx, context, actorState, { oid, action: 'invitation.accept', target: uid });
  return allow({ oid });
}
