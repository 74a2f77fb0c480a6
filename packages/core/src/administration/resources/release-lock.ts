import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { denyIssues } from '../../denial/issue.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import { changeOwnership, setLock } from '../../visibility/guard/change-ownership.js';
import { readOwnership } from '../../visibility/guard/ownership-reader.js';
import type { Ownership } from '../../visibility/ownership.js';
import { type AuditEntry, audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { hasAccepted } from '../consent/consent.js';
import { findLock, type GuardedResource, guardedSpace, type InlineResource } from './ownership-space.js';

/** Previous holder (`from`) and new holder (`to`) of a resource's lock. `to` is null if the lock was released. */
export interface ChangedLock {
  readonly id: string;
  readonly from: string;
  readonly to: string | null;
}

/**
 * Releases a resource's lock. Only the holder of the lock, a key with the `root` flair, an owner, or the operator may
 * do this.
 *
 * @example
 * const outcome = await releaseLock(context, actor, { oid, type: 'rule', tenancy: 'routed', id: 'r1' });
 */
export function releaseLock(
  context: AdministrationContext,
  actor: Actor,
  resource: GuardedResource | InlineResource,
): Promise<Outcome<ChangedLock>> {
  return 'lock' in resource
    ? changeInline(context, actor, resource, null)
    : changeGuarded(context, actor, resource, null);
}

/**
 * Transfers a resource's lock to another identity in the organization. Requires the same rights as releasing the lock.
 *
 * `to` is the id of the new holder's identity or key.
 *
 * @example
 * const outcome = await transferLock(context, actor, { oid, type: 'rule', tenancy: 'routed', id: 'r1', to: identity });
 */
export function transferLock(
  context: AdministrationContext,
  actor: Actor,
  { to, ...resource }: (GuardedResource | InlineResource) & { readonly to: string },
): Promise<Outcome<ChangedLock>> {
  return 'lock' in resource ? changeInline(context, actor, resource, to) : changeGuarded(context, actor, resource, to);
}

async function changeGuarded(
  context: AdministrationContext,
  actor: Actor,
  resource: GuardedResource,
  to: string | null,
): Promise<Outcome<ChangedLock>> {
  const { oid, id } = resource;
  const space = guardedSpace(resource);
  return commandBy(context, actor, async (tx, actorState) => {
    const row = await readOwnership(tx, space, id);
    const ownership = row?.organization === oid ? row : undefined;
    const changed = await checkLockChange(tx, actorState, { ...resource, ownership, to });
    if (!changed.allowed) return changed;
    await changeOwnership(tx, space, (change) => setLock(change, id, oid, changed.value.to));
    await auditLock(tx, context, actorState, { ...resource, ...changed.value });
    return changed;
  });
}

/**
 * Changes a lock in the service's own table. The table may be in another database, so the change and its audit entry
 * cannot be in one transaction. The entry is written first. If the change then fails because the holder has changed, a
 * second entry records that the change was not made.
 */
async function changeInline(
  context: AdministrationContext,
  actor: Actor,
  resource: InlineResource,
  to: string | null,
): Promise<Outcome<ChangedLock>> {
  const ownership = await resource.lock.find();
  const checked = await commandBy(context, actor, async (tx, actorState) => {
    const changed = await checkLockChange(tx, actorState, { ...resource, ownership, to });
    if (changed.allowed) await auditLock(tx, context, actorState, { ...resource, ...changed.value });
    return changed;
  });
  if (!checked.allowed || (await resource.lock.change(checked.value.from, checked.value.to))) return checked;
  const undone = await commandBy(context, actor, async (tx, actorState) => {
    await auditLock(tx, context, actorState, { ...resource, ...checked.value, outcome: 'not-done' });
    return allow(undefined);
  });
  return undone.allowed ? deny('ERR_ETAG_MISMATCH', { detail: 'the lock was changed meanwhile; try again' }) : undone;
}

/** A requested change to a lock. */
interface LockChange {
  readonly oid: string;
  readonly id: string;
  readonly ownership: Ownership | undefined;
  readonly to: string | null;
}

async function checkLockChange(
  tx: SecurityTransaction,
  actorState: ActorState,
  { oid, id, ownership, to }: LockChange,
): Promise<Outcome<ChangedLock>> {
  const lockedBy = ownership?.lockedBy ?? null;
  const holder = lockedBy === null ? undefined : await tx.get('identity', { id: lockedBy });
  const held = findLock(actorState, oid, ownership, holder?.name);
  if (!held.allowed) return held;
  if (to === null) return allow({ id, from: held.value, to });
  const identity = await identityThere(tx, to, oid);
  if (identity !== undefined) return allow({ id, from: held.value, to: identity });
  return denyIssues([{ field: 'to', message: 'must be an identity of the organization' }]);
}

interface LockEntry extends ChangedLock, Pick<AuditEntry, 'outcome'> {
  readonly oid: string;
  readonly type: string;
}

function auditLock(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { oid, type, id, from, to, outcome = 'done' }: LockEntry,
): Promise<void> {
  const action = to === null ? 'ownership.release' : 'ownership.transfer';
  return audit(tx, context, actorState, { oid, action, target: id, details: { type, from, to }, outcome });
}

/**
 * Returns the id of an identity of the organization. `text` is the id of the identity, or the id of a key with that
 * identity. Returns undefined if the identity does not belong to the organization.
 */
async function identityThere(tx: SecurityTransaction, text: string, oid: string): Promise<string | undefined> {
  const identity = (await tx.get('key', { keyId: text }))?.identity ?? text;
  return (await belongs(tx, identity, oid)) ? identity : undefined;
}

/**
 * True if an identity belongs to the organization. This is the case for the identities of the organization's keys, of
 * its users, and of the keys of its users.
 */
async function belongs(tx: SecurityTransaction, identity: string, oid: string): Promise<boolean> {
  const row = await tx.get('identity', { id: identity });
  if (row === undefined) return false;
  if (row.scope === oid) return true;
  for (const uid of [row.scope, row.name]) {
    if (await hasAccepted(tx, uid, oid)) return true;
    if ((await tx.get('user', { uid }))?.oid === oid) return true;
  }
  return false;
}
