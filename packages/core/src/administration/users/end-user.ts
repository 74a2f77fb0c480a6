import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { UserRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, commandBy, urgently } from '../command/context.js';
import { type Conditional, checkVersion } from '../command/expected-version.js';
import { forgetMade } from '../command/made.js';
import { checkUserControl } from '../escalation/check-held.js';
import { apiUserVersion } from './api-users.js';
import { endKeysOf, removeKeyRows } from './end-keys.js';
import { denyNoUser } from './members.js';
import { OWNER_DELETED } from './roles.js';

/**
 * Identifies a user. With `oid`, the user must be an API user of that organization. Without `oid`, any user can be
 * identified, but only by the operator.
 */
export interface UserReference extends Conditional {
  readonly uid: string;
  readonly oid?: string;
}

/**
 * Deactivates a user: revokes all keys and ends all sessions of the user, with immediate effect. The keys stay revoked
 * permanently. The user continues to exist, but cannot get a valid key or sign in while deactivated.
 *
 * This command is meant to contain a compromised user. Therefore, it succeeds even for the last owner of an
 * organization. `findOwnerless` lists organizations that have no owner.
 *
 * @example
 * const outcome = await deactivateUser(context, actor, { uid, oid });
 */
export function deactivateUser(
  context: AdministrationContext,
  actor: Actor,
  reference: UserReference,
): Promise<Outcome<{ readonly uid: string }>> {
  return endUser(context, actor, reference, async (tx, actorState, { uid, oid, email }) => {
    await endKeysOf(tx, uid, context.now());
    await tx.remove('session', { uid });
    await tx.update('user', { uid }, { active: false });
    await audit(tx, context, actorState, { oid, action: 'user.deactivate', target: uid, details: { email } });
  });
}

/**
 * Deletes a user and the user's keys, memberships and group memberships. Resources that the user created keep the
 * user's identity as their creator.
 *
 * Like {@link deactivateUser}, this command succeeds even for the last owner of an organization.
 *
 * @example
 * const outcome = await deleteUser(context, actor, { uid });
 */
export function deleteUser(
  context: AdministrationContext,
  actor: Actor,
  reference: UserReference,
): Promise<Outcome<{ readonly uid: string }>> {
  return endUser(context, actor, reference, async (tx, actorState, { uid, oid, email }) => {
    for (const consent of await tx.find('consent', { uid })) tx.touch('membership', `${uid}:${consent.oid}`);
    for (const membership of await tx.find('membership', { uid, role: 'owner', accepted: true })) {
      await audit(tx, context, actorState, { oid: membership.oid, action: OWNER_DELETED, target: uid });
    }
    await removeUserRows(tx, uid);
    await audit(tx, context, actorState, { oid, action: 'user.delete', target: uid, details: { email } });
  });
}

/** Deletes a user and all rows that belong to this user alone. Performs no checks. */
export async function removeUserRows(tx: SecurityTransaction, uid: string): Promise<void> {
  await removeKeyRows(tx, await tx.find('key', { uid }));
  for (const table of ['membership', 'consent', 'offer', 'decline'] as const) await tx.remove(table, { uid });
  for (const table of ['session', 'linkedSubject'] as const) await tx.remove(table, { uid });
  await tx.remove('groupMember', { uid });
  await tx.remove('groupOwner', { uid });
  await forgetMade(tx, { kind: 'user', id: uid });
  await tx.remove('made', { uid });
  await tx.remove('user', { uid });
  tx.touch('user', uid);
}

async function endUser(
  context: AdministrationContext,
  actor: Actor,
  reference: UserReference,
  end: (tx: SecurityTransaction, actorState: ActorState, user: UserRow) => Promise<void>,
): Promise<Outcome<{ readonly uid: string }>> {
  return commandBy(urgently(context), actor, async (tx, actorState) => {
    const user = await findManagedUser(tx, context, actorState, reference);
    if (!user.allowed) return user;
    const { uid } = user.value;
    await end(tx, actorState, user.value);
    tx.touch('user', uid);
    return allow({ uid });
  });
}

/**
 * Finds a user that the actor may deactivate, activate or delete. The operator may do so with any user. An actor with
 * `user.ctrl` in an organization may do so only with that organization's API users.
 */
export async function findManagedUser(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { uid, oid, version }: UserReference,
): Promise<Outcome<UserRow>> {
  const checked = checkActor(context, actorState, oid);
  if (!checked.allowed) return checked;
  const user = await tx.get('user', { uid });
  if (user === undefined || (oid !== undefined && !(user.type === 'api' && user.oid === oid))) return denyNoUser();
  const seen = checkVersion(await apiUserVersion(tx, user, context.now()), version);
  return seen.allowed ? allow(user) : seen;
}

function checkActor(context: AdministrationContext, actorState: ActorState, oid: string | undefined): Outcome<unknown> {
  if (oid !== undefined) return checkUserControl(context, actorState, oid);
  if (actorState.operator) return allow(undefined);
  return deny('ERR_ESCALATION', { members: { dimension: 'organizations', beyond: [] } });
}
