import { allow, type Outcome } from '../../denial/denial.js';
import { readUserAccess } from '../../principal/access.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { checkHoldings } from '../escalation/check-gain.js';
import { findManagedUser, type UserReference } from './end-user.js';

/**
 * Activates a deactivated user. The user's keys stay revoked, so the user needs a new key.
 *
 * Activation restores all rights of the user. Therefore, the actor must hold all these rights, as for creating a key
 * for the user.
 *
 * @example
 * const outcome = await activateUser(context, actor, { uid, oid });
 */
export async function activateUser(
  context: AdministrationContext,
  actor: Actor,
  reference: UserReference,
): Promise<Outcome<{ readonly uid: string }>> {
  return commandBy(context, actor, async (tx, actorState) => {
    const user = await findManagedUser(tx, context, actorState, reference);
    if (!user.allowed) return user;
    const { uid, oid, email, active } = user.value;
    if (active) return allow({ uid });
    const checked = checkHoldings(context, actorState, await readUserAccess(tx, user.value));
    if (!checked.allowed) return checked;
    await tx.update('user', { uid }, { active: true });
    tx.touch('user', uid);
    await audit(tx, context, actorState, { oid, action: 'user.activate', target: uid, details: { email } });
    return allow({ uid });
  });
}
