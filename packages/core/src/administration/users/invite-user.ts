import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { MembershipRow } from '../../store/rows.js';
import type { Actor } from '../command/actor.js';
import type { ActorState } from '../command/actor-state.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { requireOwnName } from '../command/own-name.js';
import { checkUserControl } from '../escalation/check-held.js';
import { findOrCreateUser } from './create-user.js';
import { isJoinable, widenMembership } from './join-user.js';
import type { RoleName } from './roles.js';
import { giveRole, readRole } from './set-role.js';

export interface InviteUserInput {
  readonly oid: string;
  readonly email: string;
  /**
   * Name of the role to give, in any letter case. If the user is already a member, the role's permissions replace the
   * member's current permissions.
   *
   * @default none, so the membership is offered without permissions
   */
  readonly role?: string | undefined;
  /**
   * True to use the acting user's own rights in the organization, even if the credential is a token for another
   * organization. The user must act in their own name (with a credential that has all rights of the user).
   *
   * @default false
   */
  readonly inOwnName?: boolean;
}

/**
 * Invites a user to an organization: offers the user a membership, either without permissions or with the permissions
 * of a role. Creates the user if no user has the e-mail address.
 *
 * The membership takes effect immediately if the user has already accepted the organization, or if the operator sends
 * the invitation.
 *
 * The result is the same for known and unknown addresses. Therefore, it does not reveal which addresses belong to users
 * of other organizations.
 *
 * @example
 * const outcome = await inviteUser(context, actor, { oid, email: 'ann@example.com' });
 */
export async function inviteUser(
  context: AdministrationContext,
  actor: Actor,
  { oid, email, role: named, inOwnName = false }: InviteUserInput,
): Promise<Outcome<MembershipRow>> {
  const role = named === undefined ? undefined : readRole(named);
  if (role?.allowed === false) return role;
  return commandBy(
    context,
    actor,
    async (tx, actorState) => {
      const may = inOwnName ? requireOwnName(actorState, 'invite a user') : allow(undefined);
      if (!may.allowed) return may;
      const acting = inOwnName ? { ...actorState, in: actorState.asUser } : actorState;
      const held = checkUserControl(context, acting, oid);
      return held.allowed ? invite(tx, context, acting, { oid, email, role: role?.value }) : held;
    },
    ({ uid }) => ({ uid }),
  );
}

async function invite(
  tx: SecurityTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { oid, email, role }: { readonly oid: string; readonly email: string; readonly role: RoleName | undefined },
): Promise<Outcome<MembershipRow>> {
  if ((await tx.get('organization', { oid })) === undefined) {
    return deny('ERR_NOT_FOUND', { detail: 'no such organization' });
  }
  const user = await findOrCreateUser(tx, context, actorState, email);
  if (!user.allowed) return user;
  if (!isJoinable(user.value, oid)) return deny('ERR_NOT_FOUND', { detail: 'no such user' });
  const { uid, email: address } = user.value;
  const joined = await widenMembership(tx, context, actorState, { uid, oid, permissions: [], address });
  if (!joined.allowed || role === undefined) return joined;
  const given = await giveRole(tx, context, actorState, { oid, email: address, role });
  return given.allowed ? joined : given;
}

/**
 * Creates a user with the e-mail address, unless a user already has the address. Offers no membership. Only the
 * operator, or a user who acts in their own name, may do this. The new user counts toward the acting user's limit.
 *
 * The result is the same for known and unknown addresses.
 *
 * @example
 * const outcome = await inviteAddress(context, actor, { email: 'ann@example.com' });
 */
export async function inviteAddress(
  context: AdministrationContext,
  actor: Actor,
  { email }: Pick<InviteUserInput, 'email'>,
): Promise<Outcome<undefined>> {
  return commandBy(context, actor, async (tx, actorState) => {
    const own = requireOwnName(actorState, 'invite a user');
    if (!own.allowed) return own;
    const user = await findOrCreateUser(tx, context, actorState, email);
    return user.allowed ? allow(undefined) : user;
  });
}
