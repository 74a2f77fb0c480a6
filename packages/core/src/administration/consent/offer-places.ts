import { allow, type Outcome } from '../../denial/denial.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { GroupMemberRow } from '../../store/rows.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { groupBy } from '../command/group-by.js';
import { hasAccepted } from './consent.js';
import { joinByOperator } from './drop-invalid-offers.js';
import { readDeclinedUntil, writeOffer } from './offers.js';

/**
 * Makes offers to group members who have not accepted the organizations in `oids`. Each offer is made through one
 * group, and offers the rights that the group grants in one organization. If the actor is the operator, no offers are
 * made: the command accepts the organizations for the members at once.
 *
 * Skips API users, which can join only their own organization, and users who have declined an offer of the
 * organization. Skipped users stay in the group, but get no rights in the organization. Checks only the limits on
 * offers.
 */
export async function offerPlaces(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { places, oids }: { readonly places: Iterable<GroupMemberRow>; readonly oids: readonly string[] },
): Promise<Outcome<undefined>> {
  const all = [...places];
  const placesOf = groupBy(all, ({ uid }) => uid);
  for (const place of all) {
    const isPerson = (await tx.get('user', { uid: place.uid }))?.type === 'standard';
    for (const oid of isPerson ? oids : []) {
      const offered = await offerPlace(tx, context, actorState, {
        ...place,
        oid,
        together: placesOf.get(place.uid) ?? [],
      });
      if (!offered.allowed) return offered;
    }
  }
  return allow(undefined);
}

interface Offering extends GroupMemberRow {
  readonly oid: string;
  /** All group memberships that this command offers to the same user. */
  readonly together: readonly GroupMemberRow[];
}

async function offerPlace(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { gid, uid, address, accepted, oid, together }: Offering,
): Promise<Outcome<undefined>> {
  if (await hasAccepted(tx, uid, oid)) {
    if (!accepted) await tx.update('groupMember', { gid, uid }, { accepted: true });
    return allow(undefined);
  }
  if (actorState.operator) {
    await joinByOperator(tx, context, actorState, { uid, oid, covered: together.map((place) => place.gid) });
    return allow(undefined);
  }
  if ((await readDeclinedUntil(tx, { oid, uid }, context.now())) !== undefined) return allow(undefined);
  return writeOffer(tx, context, actorState, { oid, uid, via: gid, role: 'member', permissions: [], address });
}
