import type { Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { parseGrants } from '../../permission/grants.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { Role } from '../../store/columns.js';
import type { MembershipRow, UserRow } from '../../store/rows.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { joinByOperator } from '../consent/drop-invalid-offers.js';
import { checkUserControl } from '../escalation/check-held.js';
import { readMembership } from './members.js';
import { ownerGrants } from './roles.js';
import { writeMembership } from './write-membership.js';

export interface JoinUserInput {
  readonly uid: string;
  readonly oid: string;
  /** Permissions to add to the membership. */
  readonly permissions: readonly string[];
  readonly role?: Role;
  /**
   * E-mail address, if the actor identified the user by e-mail address. Undefined if the actor identified the user by
   * uid.
   *
   * @default none
   */
  readonly address?: string | undefined;
}

/**
 * Adds a user to an organization, or adds rights to an existing membership. The actor must hold all rights that the
 * command adds.
 *
 * The membership takes effect immediately if the operator adds the user, or if the user has already accepted the
 * organization. Otherwise, the membership is only offered to the user.
 *
 * @example
 * const outcome = await joinUser(context, actor, { uid, oid, permissions: ['dr.list'], role: 'owner' });
 */
export async function joinUser(
  context: AdministrationContext,
  actor: Actor,
  input: JoinUserInput,
): Promise<Outcome<MembershipRow>> {
  const grants = parseGrants(input.permissions, context.catalogue);
  if (!grants.allowed) return grants;
  return commandBy(context, actor, async (tx, actorState) => {
    const held = checkUserControl(context, actorState, input.oid);
    if (!held.allowed) return held;
    const user = await tx.get('user', { uid: input.uid });
    if (user === undefined || !isJoinable(user, input.oid)) {
      return deny('ERR_NOT_FOUND', { detail: 'no such user' });
    }
    if ((await tx.get('organization', { oid: input.oid })) === undefined) {
      return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
    }
    return widenMembership(tx, context, actorState, { ...input, permissions: grants.value });
  });
}

/** True if the user may join the organization. An API user that was created in one organization cannot join another. */
export function isJoinable({ type, oid: home }: UserRow, oid: string): boolean {
  return type !== 'api' || home === null || home === oid;
}

/**
 * Creates a membership, or adds rights to an existing membership without removing any rights. Checks that the actor
 * holds the rights that the user gains or is offered.
 */
export async function widenMembership(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { uid, oid, permissions: added, role: wanted = 'member', address }: JoinUserInput,
): Promise<Outcome<MembershipRow>> {
  if (actorState.operator) await joinByOperator(tx, context, actorState, { uid, oid });
  const before = await readMembership(tx, { uid, oid }, context.now());
  const role = before?.role === 'owner' ? 'owner' : wanted;
  const all = [...(before?.permissions ?? []), ...added, ...(role === 'owner' ? ownerGrants(context) : [])];
  const permissions = [...new Set(all)].sort();
  const row = { uid, oid, role, permissions };
  const written = await writeMembership(tx, context, actorState, { before, row, address });
  if (!written.allowed) return written;
  const action = written.value.accepted ? 'user.join' : 'user.offer';
  await audit(tx, context, actorState, { oid, action, target: uid, details: { role, permissions } });
  return written;
}
