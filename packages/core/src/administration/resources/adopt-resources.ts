import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { denyIssues } from '../../denial/issue.js';
import {
  changeOwnership,
  countChange,
  type OwnershipChange,
  putOwnership,
  removeIntent,
} from '../../visibility/guard/change-ownership.js';
import { readOwnership } from '../../visibility/guard/ownership-reader.js';
import { UNOWNED } from '../../visibility/ownership.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { checkOwner, type GuardedType, guardedSpace } from './ownership-space.js';

/**
 * Resources to assign to an organization. These resources were created before the guard (the middleware that stores the
 * ownership of resources) was added.
 */
export interface AdoptInput extends GuardedType {
  /**
   * Ids of 1 to 1000 resources.
   *
   * @default all resources of the type without stored ownership, including resources created later
   */
  readonly ids?: readonly string[];
}

/**
 * Number of resources that this command assigned to the organization (`adopted`), and number of given resources that
 * already belonged to the organization (`before`). Both are 0 if no ids were given.
 */
export interface Adopted {
  readonly adopted: number;
  readonly before: number;
}

const MAX_IDS = 1000;

/**
 * Assigns resources to an organization. Use this command for resources that were created before the guard was added,
 * because no ownership is stored for them. The assigned resources have no creator, and are neither locked nor secret.
 *
 * Only the operator may do this, because no other actor can know which organization owns the resources. If one of the
 * resources cannot be assigned, none of them is assigned.
 *
 * @example
 * const outcome = await adoptResources(context, actor, { oid, type: 'rule', tenancy: 'routed', ids: ['r1', 'r2'] });
 */
export async function adoptResources(
  context: AdministrationContext,
  actor: Actor,
  { ids, ...given }: AdoptInput,
): Promise<Outcome<Adopted>> {
  const { oid, type } = given;
  if (ids !== undefined && (ids.length === 0 || ids.length > MAX_IDS)) {
    return denyIssues([{ field: 'ids', message: `must have 1 to ${MAX_IDS} entries` }]);
  }
  return commandBy(context, actor, async (tx, actorState) => {
    if (!actorState.operator)
      return deny('ERR_PERMISSION_MISSING', { detail: 'only the command line can adopt resources' });
    if ((await tx.get('organization', { oid })) === undefined) {
      return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
    }
    const space = guardedSpace(given);
    const outcome = await changeOwnership(tx, space, (change) =>
      ids === undefined ? adoptType(change, oid) : adoptIds(change, oid, ids),
    );
    if (!outcome.allowed) return outcome;
    const details = { type, ids: ids?.length ?? 'all', ...outcome.value };
    await audit(tx, context, actorState, { oid, action: 'ownership.adopt', target: type, details });
    return outcome;
  });
}

async function adoptType(change: OwnershipChange, oid: string): Promise<Outcome<Adopted>> {
  const { adoptedBy } = change.state;
  if (adoptedBy !== null && adoptedBy !== oid) {
    return deny('ERR_RESOURCE_EXISTS', { detail: 'another organization has adopted this type' });
  }
  if (adoptedBy === oid) return allow({ adopted: 0, before: 0 });
  countChange(change, {});
  change.state = { ...change.state, adoptedBy: oid };
  return allow({ adopted: 0, before: 0 });
}

async function adoptIds(change: OwnershipChange, oid: string, ids: readonly string[]): Promise<Outcome<Adopted>> {
  let adopted = 0;
  for (const id of ids) {
    const row = await readOwnership(change.tx, change.space, id);
    if (row !== undefined && row.organization !== oid) {
      return deny('ERR_RESOURCE_EXISTS', { detail: 'another organization owns one of these', members: { id } });
    }
    if (row !== undefined) continue;
    await putOwnership(change, id, oid, UNOWNED);
    adopted += 1;
  }
  return allow({ adopted, before: ids.length - adopted });
}

/**
 * An unfinished write (intent), and the id of the resource that the write created. The caller must supply the id,
 * because the guard never learned it.
 */
export interface ResolveInput extends GuardedType {
  readonly token: string;
  /** Id of the resource that the write created. Undefined if the write created no resource. */
  readonly id?: string;
}

/**
 * Resolves an intent, which is the record of an unfinished write through the guard: stores the ownership of the
 * resource that the write created, and removes the intent. An intent is left over if the process died or the router
 * failed before the guard learned the id of the created resource.
 *
 * Until the intent is resolved, all resources of the type without stored ownership are treated as locked or secret.
 * Only the operator or an owner may do this.
 *
 * @example
 * const outcome = await resolveIntent(context, actor, { oid, type: 'rule', tenancy: 'routed', token, id: 'r1' });
 */
export async function resolveIntent(
  context: AdministrationContext,
  actor: Actor,
  { token, id, ...given }: ResolveInput,
): Promise<Outcome<{ readonly id: string | null }>> {
  const { oid, type } = given;
  const space = guardedSpace(given);
  return commandBy(context, actor, async (tx, actorState) => {
    const may = checkOwner(actorState, oid);
    if (!may.allowed) return may;
    const intent = await tx.get('intent', { oid: space.oid, type, id: `?${token}` });
    if (intent === undefined || intent.organization !== oid) return deny('ERR_NOT_FOUND', { detail: 'no such intent' });
    if (intent.endsAt > context.now()) return deny('ERR_RESOURCE_EXISTS', { detail: 'the write is still under way' });
    const taken = await changeOwnership(tx, space, async (change) => {
      const owned = id !== undefined && (await readOwnership(tx, space, id)) !== undefined;
      if (owned) return true;
      await removeIntent(change, intent);
      if (id !== undefined) await putOwnership(change, id, oid, intent);
      return false;
    });
    if (taken) return deny('ERR_RESOURCE_EXISTS', { detail: 'the resource has an owner already' });
    await audit(tx, context, actorState, {
      oid,
      action: 'ownership.resolve',
      target: id ?? '-',
      details: { type, token },
    });
    return allow({ id: id ?? null });
  });
}
