import { allow, type Outcome } from '../../denial/denial.js';
import { denyIssues } from '../../denial/issue.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { PolicyRow } from '../../store/rows.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { checkRoom } from '../command/caller-limits.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { type Conditional, checkVersion } from '../command/expected-version.js';
import { checkLabel } from '../command/label.js';
import { checkGrants } from '../escalation/check-gain.js';
import { checkUserControl } from '../escalation/check-held.js';
import type { PolicyReference } from './policies.js';
import { addedGrants, isGroupFor, type PolicyGrants, parsePolicyGrants, touchPolicyUsers } from './policy-grants.js';

export interface PutPolicyInput extends PolicyReference, Conditional {
  /**
   * Actions that group members may perform on objects: for each group id, a list of actions for each object type. These
   * grants replace all previous grants of the policy.
   */
  readonly grants: PolicyGrants;
}

/**
 * Creates or replaces a policy. In the organization, the actor must hold `user.ctrl` and all permissions that the
 * command adds to the policy.
 *
 * @example
 * const grants = { [gid]: { rule: ['read', 'write'] } } as const;
 * const outcome = await putPolicy(context, actor, { oid, name: 'analysts', grants });
 */
export async function putPolicy(
  context: AdministrationContext,
  actor: Actor,
  input: PutPolicyInput,
): Promise<Outcome<PolicyRow>> {
  const name = checkLabel('name', input.name);
  if (!name.allowed) return name;
  const grants = parsePolicyGrants(input.grants, context.catalogue);
  if (!grants.allowed) return grants;
  const wanted = { ...input, name: name.value, grants: grants.value };
  return commandBy(context, actor, async (tx, actorState) => {
    const held = checkUserControl(context, actorState, input.oid);
    return held.allowed ? replace(tx, context, actorState, wanted) : held;
  });
}

async function replace(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { oid, name, grants, version }: PutPolicyInput,
): Promise<Outcome<PolicyRow>> {
  const before = await tx.get('policy', { oid, name });
  const seen = checkVersion(before?.version, version);
  if (!seen.allowed) return seen;
  const room = before === undefined ? await checkPolicyRoom(tx, context, actorState, oid) : allow(undefined);
  if (!room.allowed) return room;
  for (const gid of Object.keys(grants)) {
    const known = before !== undefined && Object.hasOwn(before.grants, gid);
    if (known || (await isGroupFor(tx, actorState, oid, gid))) continue;
    return denyIssues([{ field: 'grants', message: 'must name existing groups' }]);
  }
  const added = addedGrants(before?.grants ?? {}, grants);
  const judged = added.length === 0 ? allow(undefined) : checkGrants(context, actorState, [[oid, added]]);
  if (!judged.allowed) return judged;
  const row: PolicyRow = { oid, name, grants, version: (before?.version ?? 0) + 1 };
  if (before === undefined) await tx.insert('policy', row);
  else await tx.update('policy', { oid, name }, { grants, version: row.version });
  await touchPolicyUsers(tx, oid, new Set([...Object.keys(before?.grants ?? {}), ...Object.keys(grants)]));
  await audit(tx, context, actorState, { oid, action: 'policy.put', target: name, details: { grants } });
  return allow(row);
}

async function checkPolicyRoom(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  oid: string,
): Promise<Outcome<undefined>> {
  if ((await tx.get('organization', { oid })) === undefined)
    return denyIssues([{ field: 'oid', message: 'must be an existing organization' }]);
  return checkRoom(tx, context, actorState, { name: 'policies', table: 'policy', where: { oid } });
}
