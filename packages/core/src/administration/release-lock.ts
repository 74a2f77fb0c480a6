import { allow, type Outcome } from '../answer/denial.js';
import { denyIssues } from '../answer/issue.js';
import type { SecurityTransaction } from '../revision/security-write.js';
import type { OwnershipRow } from '../store/rows.js';
import { changeOwnership, setLock } from '../visibility/guard/apply.js';
import type { Actor, Standing } from './actor.js';
import { audit } from './audit.js';
import { type AdministrationContext, commandBy } from './context.js';
import { findLock, type GuardedResource, guardedSpace } from './ownership-space.js';

/** Who held a lock, and who holds it now. */
export interface ChangedLock {
  readonly id: string;
  readonly from: string;
  readonly to: string | null;
}

/** Releases the lock of a guarded resource: its holder, `root`, an owner or the operator may. */
export async function releaseLock(
  context: AdministrationContext,
  actor: Actor,
  resource: GuardedResource,
): Promise<Outcome<ChangedLock>> {
  return commandBy(context, actor, async (tx, standing) => {
    const found = await findLock(tx, standing, resource);
    return found.allowed ? changeLock(context, tx, standing, resource, found.value, null) : found;
  });
}

/** Hands the lock of a guarded resource to another identity of the organization. May do so who may release it. */
export async function transferLock(
  context: AdministrationContext,
  actor: Actor,
  { to, ...resource }: GuardedResource & { readonly to: string },
): Promise<Outcome<ChangedLock>> {
  return commandBy(context, actor, async (tx, standing) => {
    const found = await findLock(tx, standing, resource);
    if (!found.allowed) return found;
    if (!(await belongs(tx, to, resource.oid))) {
      return denyIssues([{ field: 'to', message: 'no such identity in the organization' }]);
    }
    return changeLock(context, tx, standing, resource, found.value, to);
  });
}

async function changeLock(
  context: AdministrationContext,
  tx: SecurityTransaction,
  standing: Standing,
  resource: GuardedResource,
  { lockedBy: from }: OwnershipRow & { readonly lockedBy: string },
  to: string | null,
): Promise<Outcome<ChangedLock>> {
  const { oid, type, id } = resource;
  await changeOwnership(tx, guardedSpace(resource), (change) => setLock(change, id, oid, to));
  const action = to === null ? 'ownership.release' : 'ownership.transfer';
  await audit(tx, context, standing, { oid, action, target: id, details: { type, from, to } });
  return allow({ id, from, to });
}

/** Whether an identity is a key of the organization, or of a user in it. */
async function belongs(tx: SecurityTransaction, identity: string, oid: string): Promise<boolean> {
  const row = await tx.get('identity', { id: identity });
  if (row === undefined) return false;
  if (row.scope === oid) return true;
  for (const uid of [row.scope, row.name]) {
    if ((await tx.get('membership', { uid, oid })) !== undefined) return true;
    if ((await tx.get('user', { uid }))?.oid === oid) return true;
  }
  return false;
}
