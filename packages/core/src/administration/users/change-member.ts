import { allow, type Outcome } from '../../denial/denial.js';
import { isUuid } from '../../store/ids.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import type { Entitlements } from '../command/entitlements.js';
import { type Conditional, checkVersion, versionedMembership } from '../command/expected-version.js';
import { checkUserControl } from '../escalation/check-held.js';
import { checkOtherOwner, checkOwnerOver, findMember, type Member } from './members.js';

/** Names the member to change. */
export interface MemberInput extends Conditional {
  readonly oid: string;
  /** E-mail address or uid of the member. */
  readonly email: string;
}

/** Returns the e-mail address in a text that names a user. Undefined for a uid. */
export function addressIn(text: string): string | undefined {
  const named = text.normalize('NFC').toLowerCase();
  return isUuid(named) ? undefined : named;
}

interface Changed extends Member {
  /** Entitlements of the actor in the organization. Undefined for the operator. */
  readonly power: Entitlements | undefined;
}

/** Finds a member for an actor that can manage users, and checks the version that the actor has seen. */
export async function memberToChange(
  tx: ReadTransaction,
  context: AdministrationContext,
  standing: ActorState,
  { oid, email, version }: MemberInput,
): Promise<Outcome<Changed>> {
  const held = checkUserControl(context, standing, oid);
  if (!held.allowed) return held;
  const member = await findMember(tx, oid, email, context.now());
  if (!member.allowed) return member;
  const seen = checkVersion(versionedMembership(member.value.membership).version, version);
  return seen.allowed ? allow({ ...member.value, power: held.value }) : seen;
}

/**
 * Like `memberToChange`, for a change that can take something from the member.
 *
 * Only an owner can do this to an owner. The last owner stays, unless the change keeps the role.
 */
export async function memberToNarrow(
  tx: ReadTransaction,
  context: AdministrationContext,
  standing: ActorState,
  input: MemberInput & { readonly staysOwner?: boolean },
): Promise<Outcome<Member>> {
  const found = await memberToChange(tx, context, standing, input);
  if (!found.allowed) return found;
  const { power, membership } = found.value;
  const over = checkOwnerOver(standing, power, membership);
  if (!over.allowed) return over;
  const other = input.staysOwner ? allow(undefined) : await checkOtherOwner(tx, membership);
  return other.allowed ? found : other;
}
