import { allow, type Outcome } from '../answer/denial.js';
import type { Actor } from './actor.js';
import { audit } from './audit.js';
import { type MemberInput, memberToNarrow } from './change-member.js';
import { type AdministrationContext, commandBy } from './context.js';

/**
 * Ends a membership, at once. The user stays, with whatever they have elsewhere and through groups.
 *
 * Only an owner removes an owner; the last one stays (`ERR_LAST_OWNER`).
 */
export async function removeUser(
  context: AdministrationContext,
  actor: Actor,
  input: MemberInput,
): Promise<Outcome<{ readonly uid: string }>> {
  return commandBy(context, actor, async (tx, standing) => {
    const member = await memberToNarrow(tx, context, standing, input);
    if (!member.allowed) return member;
    const { user, membership } = member.value;
    const { uid, oid } = membership;
    await tx.remove('membership', { uid, oid });
    tx.touch('membership', `${uid}:${oid}`);
    await audit(tx, context, standing, { oid, action: 'user.remove', target: uid, details: { email: user.email } });
    return allow({ uid });
  });
}
