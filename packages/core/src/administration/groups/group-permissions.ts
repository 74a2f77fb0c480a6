import { limits } from '../../bounds.js';
import { allow, type Outcome } from '../../denial/denial.js';
import { denyIssues } from '../../denial/issue.js';
import { parseGrants } from '../../permission/grants.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { GroupRow } from '../../store/rows.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import type { Conditional } from '../command/expected-version.js';
import { auditGroup } from '../consent/change-group.js';
import { checkGrants } from '../escalation/check-gain.js';
import { touchUsersOf } from '../escalation/group-reach.js';
import { findOwnGroup } from './find-group.js';

export interface GroupPermissionsInput extends Conditional {
  readonly gid: string;
  /** New permissions, which replace the group's previous permissions. */
  readonly permissions: readonly string[];
}

/**
 * Replaces a group's permissions. To add permissions, the actor must hold `user.ctrl` and the added permissions in
 * every organization attached to the group.
 *
 * @example
 * const outcome = await setGroupPermissions(context, actor, { gid, permissions: ['dr.list', 'dr.set'] });
 */
export async function setGroupPermissions(
  context: AdministrationContext,
  actor: Actor,
  { gid, permissions, version }: GroupPermissionsInput,
): Promise<Outcome<GroupRow>> {
  const grants = parseGrants(permissions, context.catalogue, 'perm');
  if (!grants.allowed) return grants;
  if (permissions.length > limits.grants)
    return denyIssues([{ field: 'perm', message: `must have at most ${limits.grants} entries` }]);
  return commandBy(context, actor, async (tx, actorState) => {
    const group = await findOwnGroup(tx, actorState, gid, version);
    if (!group.allowed) return group;
    const added = grants.value.filter((grant) => !group.value.permissions.includes(grant));
    const checked = await checkAddedPermissions(tx, context, actorState, { gid, added });
    if (!checked.allowed) return checked;
    const changed = { ...group.value, permissions: [...grants.value].sort(), version: group.value.version + 1 };
    await tx.update('group', { gid }, { permissions: changed.permissions, version: changed.version });
    await touchUsersOf(tx, gid);
    const details = { permissions: changed.permissions };
    await auditGroup(tx, context, actorState, { gid, action: 'group.permissions', details });
    return allow(changed);
  });
}

async function checkAddedPermissions(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { gid, added }: { readonly gid: string; readonly added: readonly string[] },
): Promise<Outcome<undefined>> {
  if (added.length === 0) return allow(undefined);
  const organizations = await tx.find('groupOrganization', { gid });
  return checkGrants(
    context,
    actorState,
    organizations.map(({ oid }) => [oid, added] as const),
  );
}
