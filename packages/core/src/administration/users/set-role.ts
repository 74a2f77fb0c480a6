import { allow, type Outcome } from '../../denial/denial.js';
import { denyIssues } from '../../denial/issue.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { MembershipRow } from '../../store/rows.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { versionedMembership } from '../command/expected-version.js';
import { addressIn, type MemberInput, memberToNarrow } from './change-member.js';
import { parseRole, ROLE_NAMES, type RoleName, roleGrants } from './roles.js';
import { writeMembership } from './write-membership.js';

export interface SetRoleInput extends MemberInput {
  /** One of {@link ROLE_NAMES}, in any letter case. */
  readonly role: string;
}

/** The role that was set, and the resulting permissions of the membership. */
export interface GivenRole {
  readonly role: RoleName;
  readonly permissions: readonly string[];
  /** New version of the membership. */
  readonly version: string;
}

/**
 * Sets a member's role. The role's permissions replace all permissions of the membership.
 *
 * Only an owner or the operator may make a member an owner, or change the role of an owner. The last owner must stay an
 * owner (`ERR_LAST_OWNER`).
 *
 * @example
 * const outcome = await setRole(context, actor, { oid, email: 'ann@example.com', role: 'owner' });
 */
export async function setRole(
  context: AdministrationContext,
  actor: Actor,
  input: SetRoleInput,
): Promise<Outcome<GivenRole>> {
  const role = readRole(input.role);
  if (!role.allowed) return role;
  return commandBy(context, actor, (tx, actorState) =>
    giveRole(tx, context, actorState, { ...input, role: role.value }),
  );
}

/** Parses a role name, in any letter case. For an unknown name, returns a denial that lists the roles. */
export function readRole(text: string): Outcome<RoleName> {
  const role = parseRole(text);
  if (role !== undefined) return allow(role);
  return denyIssues([{ field: 'role', message: `must be one of ${ROLE_NAMES.join(', ')}` }]);
}

/** Sets a member's role in the transaction of a command, as `setRole` does. */
export async function giveRole(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  input: MemberInput & { readonly role: RoleName },
): Promise<Outcome<GivenRole>> {
  const { role } = input;
  const member = await memberToNarrow(tx, context, actorState, { ...input, staysOwner: role === 'Owner' });
  if (!member.allowed) return member;
  const { membership } = member.value;
  const { uid, oid } = membership;
  const kept: MembershipRow['role'] = role === 'Owner' ? 'owner' : 'member';
  const permissions = roleGrants(role, context.catalogue);
  const row = { ...membership, role: kept, permissions };
  const address = addressIn(input.email);
  const written = await writeMembership(tx, context, actorState, { before: membership, row, address });
  if (!written.allowed) return written;
  await audit(tx, context, actorState, { oid, action: 'user.role', target: uid, details: { role } });
  return allow({ role, permissions, version: versionedMembership(written.value).version });
}
