import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import { type AdministrationContext, commandBy, urgently } from '../command/context.js';
import { denyNoUser } from '../users/members.js';

/**
 * Removes the link between a user and their subject at an identity provider, and ends the user's sessions. At the next
 * sign-in, the person's subject is linked again to the user who has the person's verified e-mail address. Only the
 * operator may do this.
 *
 * @example
 * const outcome = await unlinkSubject(context, { kind: 'operator', name: 'ops' }, { uid });
 */
export async function unlinkSubject(
  context: AdministrationContext,
  actor: Actor,
  { uid }: { readonly uid: string },
): Promise<Outcome<{ readonly uid: string; readonly unlinked: boolean }>> {
  return commandBy(urgently(context), actor, async (tx, actorState) => {
    if (!actorState.operator) return deny('ERR_ESCALATION', { members: { dimension: 'organizations', beyond: [] } });
    if ((await tx.get('user', { uid })) === undefined) return denyNoUser();
    for (const { sessionId } of await tx.find('session', { uid })) tx.touch('key', sessionId);
    await tx.remove('session', { uid });
    const unlinked = (await tx.remove('linkedSubject', { uid })) > 0;
    if (unlinked) await audit(tx, context, actorState, { oid: null, action: 'user.unlink', target: uid });
    return allow({ uid, unlinked });
  });
}
