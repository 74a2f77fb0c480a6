import type { GroupMemberRow, GroupOwnerRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { giverOf } from '../consent/consent.js';
import { checkUserControl } from '../escalation/check-held.js';

/**
 * Returns one name for each row of group members or owners, in the order of the rows. A name is the user's e-mail
 * address, or the user's uid if the actor may not see the address.
 *
 * The address is shown to the operator, to the user, and to the actor who entered the address. If the user has accepted
 * an organization, the address is also shown to the actors who manage the users of that organization. All other actors
 * see the uid.
 */
export async function readPlaceNames(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  rows: readonly (GroupMemberRow | GroupOwnerRow)[],
): Promise<readonly string[]> {
  const shown = new Set(rows.map(({ uid }) => uid).filter((uid) => actorState.operator || uid === actorState.uid));
  const others = rows.map(({ uid }) => uid).filter((uid) => !shown.has(uid));
  for (const { uid, oid } of await tx.findIn('consent', 'uid', others)) {
    if (checkUserControl(context, actorState, oid).allowed) shown.add(uid);
  }
  const emails = new Map((await tx.findIn('user', 'uid', [...shown])).map(({ uid, email }) => [uid, email]));
  return rows.map(({ uid, giver, address }) => {
    const given = giver !== null && giver === giverOf(actorState) ? address : null;
    return emails.get(uid) ?? given ?? uid;
  });
}
