import { allow, type Outcome } from '../../denial/denial.js';
import type { Catalogue } from '../../permission/catalogue.js';
import { parseGrants } from '../../permission/grants.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { MembershipRow } from '../../store/rows.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, commandBy, urgently } from '../command/context.js';
import { type VersionedMembership, versionedMembership } from '../command/expected-version.js';
import { addressIn, type MemberInput, memberToChange, memberToNarrow } from './change-member.js';
import { widenMembership } from './join-user.js';

export interface ChangePermissionsInput extends MemberInput {
  /** Permissions, and permission families such as `dr.*`. */
  readonly permissions: readonly string[];
}

/**
 * Grants permissions to a member, in addition to the member's current permissions. The actor must hold the added
 * permissions.
 *
 * @example
 * const outcome = await grantPermissions(context, actor, { oid, email: 'ann@example.com', permissions: ['dr.list'] });
 */
export async function grantPermissions(
  context: AdministrationContext,
  actor: Actor,
  input: ChangePermissionsInput,
): Promise<Outcome<VersionedMembership>> {
  const grants = parseGrants(input.permissions, context.catalogue);
  if (!grants.allowed) return grants;
  return commandBy(context, actor, async (tx, actorState) => {
    const member = await memberToChange(tx, context, actorState, input);
    if (!member.allowed) return member;
    const { uid, oid } = member.value.membership;
    const widened = await widenMembership(tx, context, actorState, {
      uid,
      oid,
      permissions: grants.value,
      address: addressIn(input.email),
    });
    return widened.allowed ? allow(versionedMembership(widened.value)) : widened;
  });
}

/**
 * Revokes permissions of a member. Permissions that the membership does not grant are ignored.
 *
 * If a granted permission family (such as `dr.*`) contains a revoked permission, the family is replaced by the
 * remaining permissions of the family. Groups and policies may still grant the member the revoked permissions. Only an
 * owner or the operator may revoke an owner's permissions, and the last owner's permissions cannot be revoked.
 *
 * @example
 * const outcome = await revokePermissions(context, actor, { oid, email: 'ann@example.com', permissions: ['dr.set'] });
 */
export async function revokePermissions(
  context: AdministrationContext,
  actor: Actor,
  input: ChangePermissionsInput,
): Promise<Outcome<VersionedMembership>> {
  const taken = parseGrants(input.permissions, context.catalogue);
  if (!taken.allowed) return taken;
  return commandBy(urgently(context), actor, async (tx, actorState) => {
    const member = await memberToNarrow(tx, context, actorState, input);
    if (!member.allowed) return member;
    const { membership } = member.value;
    const permissions = without(membership.permissions, taken.value, context.catalogue);
    return narrow(tx, context, actorState, { ...membership, permissions });
  });
}

async function narrow(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  row: MembershipRow,
): Promise<Outcome<VersionedMembership>> {
  const { uid, oid, permissions, accepted } = row;
  await tx.update('membership', { uid, oid }, { permissions });
  if (accepted) tx.touch('membership', `${uid}:${oid}`);
  await audit(tx, context, actorState, { oid, action: 'user.revoke', target: uid, details: { permissions } });
  return allow(versionedMembership(row));
}

function without(grants: readonly string[], taken: readonly string[], catalogue: Catalogue): readonly string[] {
  const gone = new Set([...taken, ...catalogue.expand(taken)]);
  const kept = grants.flatMap((grant) => {
    if (gone.has(grant)) return [];
    const members = catalogue.family(grant);
    return members.some((name) => gone.has(name)) ? members.filter((name) => !gone.has(name)) : [grant];
  });
  return [...new Set(kept)].sort();
}
