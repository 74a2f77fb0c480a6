import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { Role } from '../../store/columns.js';
import type { OfferRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { audit } from '../audit/audit.js';
import { type Actor, readActorState } from '../command/actor.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { closePage, MAX_PAGE, openPage, type Paged, type PageInput } from '../command/cursor.js';
import { requireOwnName } from '../command/own-name.js';
import { endConsent, hasAccepted } from '../consent/consent.js';
import { denyNoInvitation, findOpenOffers, isOpen, OFFER_MS } from '../consent/offers.js';
import { checkOtherOwner } from '../users/members.js';
import type { InvitationReference } from './accept-invitation.js';

/**
 * An organization's invitation to the acting user. It combines all unexpired offers of rights in that organization to
 * the user.
 */
export interface Invitation {
  readonly oid: string;
  /** Name of the organization. */
  readonly name: string;
  /** Role of the offered membership. Undefined if no membership is offered, but only rights through groups. */
  readonly role: Role | undefined;
  /** Time of the latest offer, in milliseconds since the Unix epoch. */
  readonly madeAt: number;
  /** Expiry time of the latest offer, in milliseconds since the Unix epoch. */
  readonly endsAt: number;
}

/**
 * Lists the organizations that invite the acting user, sorted by id.
 *
 * The user must act in their own name: a token with fewer rights than the user cannot list invitations, and neither can
 * a service acting on behalf of the user.
 *
 * @example
 * const outcome = await listInvitations(context, actor);
 */
export async function listInvitations(
  context: AdministrationContext,
  actor: Actor,
  page: PageInput = {},
): Promise<Outcome<Paged<Invitation>>> {
  const { store } = context;
  return store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const own = requireOwnName(actorState.value, 'list invitations');
    if (!own.allowed) return own;
    const { uid, identity = '' } = actorState.value;
    if (uid === undefined) return deny('ERR_USER_REQUIRED', { detail: 'only a user can list invitations' });
    const scope = { list: 'invitations', reader: identity };
    const opened = openPage(store, scope, page);
    if (!opened.allowed) return opened;
    const { limit, after } = opened.value;
    const found = await readOffers(tx, uid, { after, most: limit + 1, now: context.now() });
    const organizations = await tx.findIn('organization', 'oid', [...found.keys()]);
    const names = new Map(organizations.map(({ oid, name }) => [oid, name]));
    const rows = [...found].map(([oid, offers]) => toInvitation(oid, names.get(oid) ?? '', offers));
    return allow(closePage(store, scope, { rows, limit }, ({ oid }) => oid));
  });
}

/**
 * Returns the unexpired offers made to the user, grouped by organization. Includes the first `most` organizations whose
 * ids are greater than `after`.
 */
async function readOffers(
  tx: ReadTransaction,
  uid: string,
  { after, most, now }: { readonly after: string | undefined; readonly most: number; readonly now: number },
): Promise<ReadonlyMap<string, readonly OfferRow[]>> {
  const found = new Map<string, OfferRow[]>();
  let place: Partial<OfferRow> | undefined = after === undefined ? undefined : { oid: after };
  for (;;) {
    const offers: readonly OfferRow[] = await tx.find(
      'offer',
      { uid },
      { limit: MAX_PAGE, ...(place && { after: place }) },
    );
    if (
      gather(
        found,
        offers.filter((offer) => isOpen(offer, now)),
        most,
      )
    )
      return found;
    const last = offers.at(-1);
    if (last === undefined || offers.length < MAX_PAGE) return found;
    place = { oid: last.oid, uid: last.uid, via: last.via, giver: last.giver };
  }
}

/**
 * Adds offers to `found`, which groups them by organization. Stops and returns true when the next offer would add an
 * organization beyond the first `most`.
 */
function gather(found: Map<string, OfferRow[]>, offers: readonly OfferRow[], most: number): boolean {
  for (const offer of offers) {
    const known = found.get(offer.oid);
    if (known === undefined && found.size === most) return true;
    if (known === undefined) found.set(offer.oid, [offer]);
    else known.push(offer);
  }
  return false;
}

function toInvitation(oid: string, name: string, offers: readonly OfferRow[]): Invitation {
  const memberships = offers.filter(({ via }) => via === '').map(({ role }) => role);
  const role = memberships.find((each) => each === 'owner') ?? memberships[0];
  const madeAt = Math.max(...offers.map((offer) => offer.madeAt));
  return { oid, name, role, madeAt, endsAt: madeAt + OFFER_MS };
}

/**
 * Declines an organization's invitation, or leaves the organization if the acting user has accepted it. All rights of
 * the user in that organization are revoked immediately. Rights that the organization grants to the user later are only
 * offered, until the user accepts the organization again.
 *
 * The last owner of the organization cannot leave (`ERR_LAST_OWNER`). After a decline, the organization may invite the
 * user again only after 30 days.
 *
 * @example
 * const outcome = await declineInvitation(context, actor, { oid });
 */
export async function declineInvitation(
  context: AdministrationContext,
  actor: Actor,
  { oid }: InvitationReference,
): Promise<Outcome<InvitationReference>> {
  return commandBy(context, actor, async (tx, actorState) => {
    const user = requireOwnName(actorState, 'decline an invitation');
    if (!user.allowed) return user;
    const { value: uid = '' } = user;
    const accepted = await hasAccepted(tx, uid, oid);
    if (!accepted && (await findOpenOffers(tx, { oid, uid }, context.now())).length === 0) return denyNoInvitation();
    const membership = await tx.get('membership', { uid, oid });
    const other = membership === undefined ? allow(undefined) : await checkOtherOwner(tx, membership);
    if (!other.allowed) return other;
    await endConsent(tx, uid, oid);
    if (!accepted) {
      await tx.remove('decline', { uid, oid });
      await tx.insert('decline', { uid, oid, declinedAt: context.now() });
    }
    const action = accepted ? 'invitation.leave' : 'invitation.decline';
    // An organization whose invitation is declined does not learn the user's name.
    const named = accepted ? actorState : { ...actorState, name: uid };
    await audit(tx, context, named, { oid, action, target: uid });
    return allow({ oid });
  });
}
