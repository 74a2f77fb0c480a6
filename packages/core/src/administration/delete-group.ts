import { allow, type Outcome } from '../answer/denial.js';
import type { SecurityTransaction } from '../revision/security-write.js';
import type { Actor } from './actor.js';
import { auditGroup } from './change-group.js';
import { type AdministrationContext, commandBy } from './context.js';
import type { Conditional } from './expected-version.js';
import { findOwnGroup } from './find-group.js';
import { touchUsersOf } from './group-reach.js';

/** Deletes a group with its places in other groups, organizations and policies. Its log stays. */
export async function deleteGroup(
  context: AdministrationContext,
  actor: Actor,
  { gid, version }: { readonly gid: string } & Conditional,
): Promise<Outcome<{ readonly gid: string }>> {
  return commandBy(context, actor, async (tx, standing) => {
    const group = await findOwnGroup(tx, standing, gid, version);
    if (!group.allowed) return group;
    await touchUsersOf(tx, gid, 'narrowed');
    await auditGroup(tx, context, standing, gid, { action: 'group.delete', details: { name: group.value.name } });
    for (const table of ['groupMember', 'groupOwner', 'groupOrganization', 'groupChild'] as const) {
      await tx.remove(table, { gid });
    }
    await tx.remove('groupChild', { child: gid });
    await removeFromPolicies(tx, gid);
    await tx.remove('group', { gid });
    return allow({ gid });
  });
}

async function removeFromPolicies(tx: SecurityTransaction, gid: string): Promise<void> {
  for (const { oid, name, grants, version } of await tx.find('policy', {})) {
    if (!Object.hasOwn(grants, gid)) continue;
    const kept = Object.fromEntries(Object.entries(grants).filter(([group]) => group !== gid));
    await tx.update('policy', { oid, name }, { grants: kept, version: version + 1 });
  }
}
