import type { Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import type { MembershipRow } from '../store/rows.js';
import type { Actor } from './actor.js';
import { type AdministrationContext, commandBy } from './context.js';
import { findOrCreateUser } from './create-user.js';
import { isJoinable, widenMembership } from './join-user.js';
import { requireUserControl } from './require.js';

/**
 * Makes somebody a member without permissions, and a user first where the address is unknown.
 *
 * The answer is the same for known and unknown addresses, so that it tells nothing about other organizations.
 * A user's token that names no organization is good for it where the user is: it is an act of the user.
 */
export async function inviteUser(
  context: AdministrationContext,
  actor: Actor,
  { oid, email }: { readonly oid: string; readonly email: string },
): Promise<Outcome<MembershipRow>> {
  return commandBy(
    context,
    actor,
    async (tx, { asUser, ...given }) => {
      const standing = { ...given, in: asUser, asUser };
      const held = requireUserControl(context, standing, oid);
      if (!held.allowed) return held;
      if ((await tx.get('organization', { oid })) === undefined) {
        return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
      }
      const user = await findOrCreateUser(tx, context, standing, email);
      if (!user.allowed) return user;
      if (!isJoinable(user.value, oid, standing)) return deny('ERR_NOT_FOUND', { detail: 'no such user' });
      return widenMembership(tx, context, standing, { uid: user.value.uid, oid, permissions: [] });
    },
    ({ uid }) => ({ uid }),
  );
}
