import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { Role } from '../../store/columns.js';
import type { OfferRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { audit } from '../audit/audit.js';
import { type Actor, readStanding } from '../command/actor.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { closePage, MAX_PAGE, openPage, type Paged, type PageInput } from '../command/cursor.js';
import { requireOwnName } from '../command/own-name.js';
import { endConsent, hasAccepted } from '../consent/consent.js';
import { denyNoInvitation, findOpenOffers, isOpen, OFFER_MS } from '../consent/offers.js';
import { checkOtherOwner } from '../users/members.js';
import type { InvitationReference } from './accept-invitation.js';

/** An offer of an organization to the acting user. */
export interface Invitation {
  readonly oid: string;
  /** Name of the organization. */
  readonly name: string;
  /** Role of the offered membership. Undefined if only groups offer something. */
  readonly role: Role | undefined;
  /** Time of the offer, in milliseconds since 1970. */
  readonly madeAt: number;
  /** Expiry of the offer, in milliseconds since 1970. */
  readonly endsAt: number;
}

/**
 * Lists the organizations that offer something to the acting user, in the order of their ids.
 *
 * The user must act in their own name: a narrowed token, or a service on behalf of the user, does not learn of offers.
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
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    const own = requireOwnName(standing.value, 'list invitations');
    if (!own.allowed) return own;
    const { uid, identity = '' } = standing.value;
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

/** Reads the open offers of the first organizations after `after`, page by page. */
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

/** Groups offers by organization. Returns true if there are more organizations than `most`. */
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
 * Declines the offers of an organization to the acting user, or leaves the organization. Everything the user holds
 * there is revoked immediately, and what is given later is an offer again.
 *
 * The last owner cannot leave (`ERR_LAST_OWNER`). A declined organization can offer again after 30 days.
 *
 * @example
 * const outcome = await declineInvitation(context, actor, { oid });
 */
export async function declineInvitation(
  context: AdministrationContext,
  actor: Actor,
  { oid }: InvitationReference,
): Promise<Outcome<InvitationReference>> {
  return commandBy(context, actor, async (tx, standing) => {
    const user = requireOwnName(standing, 'decline an invitation');
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
    // An organization that has only offered does not learn the user's name.
    const named = accepted ? standing : { ...standing, name: uid };
    await audit(tx, context, named, { oid, action, target: uid });
    return allow({ oid });
  });
}
