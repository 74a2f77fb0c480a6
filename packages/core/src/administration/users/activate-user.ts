import { allow, type Outcome } from '../../denial/denial.js';
import { readUserAccess } from '../../principal/access.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { checkHoldings } from '../escalation/check-gain.js';
import { findManagedUser, type UserReference } from './end-user.js';

/**
 * Makes a deactivated user active again. Its keys stay ended: it needs a new one.
 *
 * Everything the user may do opens again, so the actor must hold it all, like whoever makes its key.
 */
export async function activateUser(
  context: AdministrationContext,
  actor: Actor,
  reference: UserReference,
): Promise<Outcome<{ readonly uid: string }>> {
  return commandBy(context, actor, async (tx, standing) => {
    const user = await findManagedUser(tx, context, standing, reference);
    if (!user.allowed) return user;
    const { uid, oid, email, active } = user.value;
    if (active) return allow({ uid });
    const judged = checkHoldings(context, standing, await readUserAccess(tx, user.value));
    if (!judged.allowed) return judged;
    await tx.update('user', { uid }, { active: true });
    tx.touch('user', uid);
    await audit(tx, context, standing, { oid, action: 'user.activate', target: uid, details: { email } });
    return allow({ uid });
  });
}
