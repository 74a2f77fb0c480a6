import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { forgetMade } from '../command/made.js';
import { denyOwner } from '../escalation/check-gain.js';
import { checkHeld, isWholeOwner } from '../escalation/check-held.js';
import { removeKeys } from '../users/end-keys.js';
import { removeUserRows } from '../users/end-user.js';

/**
 * Deletes an organization and its keys, API users, memberships, policies, group connections, and the ownership of its
 * resources. The organization's audit is kept.
 *
 * Only an owner with `org.del`, or the operator, may do this.
 *
 * @example
 * const outcome = await deleteOrganization(context, actor, { oid });
 */
export async function deleteOrganization(
  context: AdministrationContext,
  actor: Actor,
  { oid }: { readonly oid: string },
): Promise<Outcome<{ readonly oid: string }>> {
  return commandBy(context, actor, async (tx, actorState) => {
    const held = checkHeld(context, actorState, oid, 'org.del');
    if (!held.allowed) return held;
    if (!actorState.operator && !isWholeOwner(held.value)) return denyOwner();
    const organization = await tx.get('organization', { oid });
    if (organization === undefined) return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
    await removeRows(tx, oid);
    tx.touch('org', oid);
    const { name } = organization;
    await audit(tx, context, actorState, { oid, action: 'org.delete', target: oid, details: { name } });
    return allow({ oid });
  });
}

async function removeRows(tx: SecurityTransaction, oid: string): Promise<void> {
  for (const { uid } of await tx.find('user', { oid })) await removeUserRows(tx, uid);
  for (const { uid } of await tx.find('consent', { oid })) tx.touch('membership', `${uid}:${oid}`);
  await removeKeys(tx, { oid });
  await forgetMade(tx, { kind: 'organization', id: oid });
  await tx.remove('made', { uid: oid });
  await tx.remove('identity', { scope: oid });
  for (const table of ['membership', 'consent', 'offer', 'decline'] as const) await tx.remove(table, { oid });
  await tx.remove('policy', { oid });
  await tx.remove('federation', { oid });
  await tx.remove('groupOrganization', { oid });
  await tx.remove('ownership', { organization: oid });
  await tx.remove('intent', { organization: oid });
  await tx.remove('organization', { oid });
}
