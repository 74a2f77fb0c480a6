import { allow, type Outcome } from '../../denial/denial.js';
import type { Actor } from '../command/actor.js';
import { type AdministrationContext, commandBy, urgently } from '../command/context.js';
import type { Conditional } from '../command/expected-version.js';
import { forgetMade } from '../command/made.js';
import { auditGroup } from '../consent/change-group.js';
import { removeStaleOffers } from '../consent/stale-offers.js';
import { readDescendants } from '../escalation/group-graph.js';
import { touchUsersOf } from '../escalation/group-reach.js';
import { findOwnGroup } from './find-group.js';

/**
 * Deletes a group, its memberships, and its connections to other groups and organizations. The group's log is kept.
 *
 * Policies that grant permissions to the group are kept too, because policies belong to organizations. The permissions
 * that they grant to the deleted group have no effect and are not listed.
 *
 * @example
 * const outcome = await deleteGroup(context, actor, { gid });
 */
export async function deleteGroup(
  context: AdministrationContext,
  actor: Actor,
  { gid, version }: { readonly gid: string } & Conditional,
): Promise<Outcome<{ readonly gid: string }>> {
  return commandBy(urgently(context), actor, async (tx, actorState) => {
    const group = await findOwnGroup(tx, actorState, gid, version);
    if (!group.allowed) return group;
    await touchUsersOf(tx, gid);
    await auditGroup(tx, context, actorState, { gid, action: 'group.delete', details: { name: group.value.name } });
    const { groups } = await readDescendants(tx, gid);
    for (const table of ['groupMember', 'groupOwner', 'groupOrganization', 'groupChild'] as const) {
      await tx.remove(table, { gid });
    }
    await tx.remove('groupChild', { child: gid });
    await forgetMade(tx, { kind: 'group', id: gid });
    await tx.remove('group', { gid });
    await removeStaleOffers(tx, groups);
    return allow({ gid });
  });
}
