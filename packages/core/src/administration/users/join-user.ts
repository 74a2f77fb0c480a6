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
import { checkUserControl } from '../escalation/check-held.js';
import { readMembership } from './members.js';
import { ownerGrants } from './roles.js';
import { writeMembership } from './write-membership.js';

export interface JoinUserInput {
  readonly uid: string;
  readonly oid: string;
  /** Added to what the membership grants already. */
  readonly permissions: readonly string[];
  readonly role?: Role;
  /** The e-mail address the actor named the user by. Default none: by uid. */
  readonly address?: string | undefined;
}

/**
 * Makes a user a member of an organization, or widens the membership. Nobody grants what they do not hold.
 *
 * It is an offer to a user who has not accepted the organization, but where the operator joins them.
 */
export async function joinUser(
  context: AdministrationContext,
  actor: Actor,
  input: JoinUserInput,
): Promise<Outcome<MembershipRow>> {
  const grants = parseGrants(input.permissions, context.catalogue);
  if (!grants.allowed) return grants;
  return commandBy(context, actor, async (tx, standing) => {
    const held = checkUserControl(context, standing, input.oid);
    if (!held.allowed) return held;
    const user = await tx.get('user', { uid: input.uid });
    if (user === undefined || !isJoinable(user, input.oid)) {
      return deny('ERR_NOT_FOUND', { detail: 'no such user' });
    }
    if ((await tx.get('organization', { oid: input.oid })) === undefined) {
      return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
    }
    return widenMembership(tx, context, standing, { ...input, permissions: grants.value });
  });
}

/** An API user that was made in an organization belongs to it and comes into no other. */
export function isJoinable({ type, oid: home }: UserRow, oid: string): boolean {
  return type !== 'api' || home === null || home === oid;
}

/** Adds to a membership, or makes it; never narrows one. Judged by what the user gains, or is offered. */
export async function widenMembership(
  tx: SecurityTransaction,
  context: AdministrationContext,
  standing: ActorState,
  { uid, oid, permissions: added, role: wanted = 'member', address }: JoinUserInput,
): Promise<Outcome<MembershipRow>> {
  const before = await readMembership(tx, { uid, oid }, context.now());
  const role = before?.role === 'owner' ? 'owner' : wanted;
  const all = [...(before?.permissions ?? []), ...added, ...(role === 'owner' ? ownerGrants(context) : [])];
  const permissions = [...new Set(all)].sort();
  const row = { uid, oid, role, permissions };
  const written = await writeMembership(tx, context, standing, { before, row, address });
  if (!written.allowed) return written;
  const action = written.value.accepted ? 'user.join' : 'user.offer';
  await audit(tx, context, standing, { oid, action, target: uid, details: { role, permissions } });
  return written;
}
