import { allow, type Outcome } from '../../denial/denial.js';
import { isUuid } from '../../store/ids.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import type { Entitlements } from '../command/entitlements.js';
import { type Conditional, checkVersion, versionedMembership } from '../command/expected-version.js';
import { checkUserControl } from '../escalation/check-held.js';
import { checkOtherOwner, checkOwnerOver, findMember, type Member } from './members.js';

/** Identifies the member to change, and the version of the membership that the actor has seen. */
export interface MemberInput extends Conditional {
  readonly oid: string;
  /** E-mail address or uid of the member. */
  readonly email: string;
}

/** Returns `text` as a normalized e-mail address, or undefined if `text` is a uid. */
export function addressIn(text: string): string | undefined {
  const named = text.normalize('NFC').toLowerCase();
  return isUuid(named) ? undefined : named;
}

interface Changed extends Member {
  /** The actor's rights in the organization. Undefined for the operator. */
  readonly power: Entitlements | undefined;
}

/**
 * Finds the member to change. Checks that the actor may manage users and has seen the current version of the
 * membership.
 */
export async function memberToChange(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { oid, email, version }: MemberInput,
): Promise<Outcome<Changed>> {
  const held = checkUserControl(context, actorState, oid);
  if (!held.allowed) return held;
  const member = await findMember(tx, oid, email, context.now());
  if (!member.allowed) return member;
  const seen = checkVersion(versionedMembership(member.value.membership).version, version);
  return seen.allowed ? allow({ ...member.value, power: held.value }) : seen;
}

/**
 * Finds the member to change, as {@link memberToChange} does, for a change that may take rights away from the member.
 *
 * Only an owner or the operator may take rights from an owner. A change to the last owner of the organization is
 * allowed only if the member stays an owner (`staysOwner`).
 */
export async function memberToNarrow(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  input: MemberInput & { readonly staysOwner?: boolean },
): Promise<Outcome<Member>> {
  const found = await memberToChange(tx, context, actorState, input);
  if (!found.allowed) return found;
  const { power, membership } = found.value;
  const over = checkOwnerOver(actorState, power, membership);
  if (!over.allowed) return over;
  const other = input.staysOwner ? allow(undefined) : await checkOtherOwner(tx, membership);
  return other.allowed ? found : other;
}
