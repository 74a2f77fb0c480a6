import { allow, type Outcome } from '../answer/denial.js';
import type { Actor } from './actor.js';
import { audit } from './audit.js';
import { type AdministrationContext, commandBy } from './context.js';
import { type Conditional, requireVersion, versionedMembership } from './expected-version.js';
import { findMember, requireOtherOwner, requireOwnerOver } from './members.js';
import { requireUserControl } from './require.js';

/**
 * Ends a membership, at once. The user stays, with whatever they have elsewhere and through groups.
 *
 * Only an owner removes an owner; the last one stays (`ERR_LAST_OWNER`).
 */
export async function removeUser(
  context: AdministrationContext,
  actor: Actor,
  { oid, email, version }: { readonly oid: string; readonly email: string } & Conditional,
): Promise<Outcome<{ readonly uid: string }>> {
  return commandBy(context, actor, async (tx, standing) => {
    const held = requireUserControl(context, standing, oid);
    if (!held.allowed) return held;
    const member = await findMember(tx, oid, email);
    if (!member.allowed) return member;
    const { user, membership } = member.value;
    const { uid } = user;
    const seen = requireVersion(versionedMembership(membership).version, version);
    if (!seen.allowed) return seen;
    const over = requireOwnerOver(standing, held.value, membership);
    if (!over.allowed) return over;
    const other = await requireOtherOwner(tx, membership);
    if (!other.allowed) return other;
    await tx.remove('membership', { uid, oid });
    tx.touch('membership', `${uid}:${oid}`);
    await audit(tx, context, standing, { oid, action: 'user.remove', target: uid, details: { email: user.email } });
    return allow({ uid });
  });
}
