import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { MembershipRow } from '../../store/rows.js';
import type { Actor } from '../command/actor.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { requireOwnName } from '../command/own-name.js';
import { checkUserControl } from '../escalation/check-held.js';
import { findOrCreateUser } from './create-user.js';
import { isJoinable, widenMembership } from './join-user.js';

export interface InviteUserInput {
  readonly oid: string;
  readonly email: string;
  /**
   * True if the user invites by what they hold in the organization, not by what the credential holds.
   *
   * @default false
   */
  readonly inOwnName?: boolean;
}

/**
 * Offers a user a membership without permissions. Creates the user if the address is unknown.
 *
 * The membership applies immediately if the user has accepted the organization, or if the operator gives it.
 *
 * The answer is the same for known and unknown addresses, so that it reveals nothing about other organizations.
 *
 * @example
 * const outcome = await inviteUser(context, actor, { oid, email: 'ann@example.com' });
 */
export async function inviteUser(
  context: AdministrationContext,
  actor: Actor,
  { oid, email, inOwnName = false }: InviteUserInput,
): Promise<Outcome<MembershipRow>> {
  return commandBy(
    context,
    actor,
    async (tx, given) => {
      const may = inOwnName ? requireOwnName(given, 'invite a user') : allow(undefined);
      if (!may.allowed) return may;
      const standing = inOwnName ? { ...given, in: given.asUser } : given;
      const held = checkUserControl(context, standing, oid);
      if (!held.allowed) return held;
      if ((await tx.get('organization', { oid })) === undefined) {
        return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
      }
      const user = await findOrCreateUser(tx, context, standing, email);
      if (!user.allowed) return user;
      if (!isJoinable(user.value, oid)) return deny('ERR_NOT_FOUND', { detail: 'no such user' });
      return widenMembership(tx, context, standing, {
        uid: user.value.uid,
        oid,
        permissions: [],
        address: user.value.email,
      });
    },
    ({ uid }) => ({ uid }),
  );
}
