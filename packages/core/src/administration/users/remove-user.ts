import { allow, type Outcome } from '../../denial/denial.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { KeyRow, MembershipRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { compareValues } from '../../store/values.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import { type AdministrationContext, commandBy, urgently } from '../command/context.js';
import { endConsent } from '../consent/consent.js';
import { type MemberInput, memberToNarrow } from './change-member.js';

/** A key of the organization that stays valid after its creator was removed. */
export interface LeftKey {
  readonly keyId: string;
  readonly name: string;
}

/**
 * The removed user, and the keys that the user created for the organization. These keys stay valid until they are
 * revoked.
 */
export interface RemovedUser {
  readonly uid: string;
  readonly keys: readonly LeftKey[];
}

/**
 * Removes a user from an organization: deletes the membership or its offer, and the user's consent. The rights that
 * groups grant the user in that organization are revoked immediately too. Rights that the organization grants to the
 * user later are only offered, until the user accepts the organization again. Rights in other organizations do not
 * change.
 *
 * Only an owner or the operator may remove an owner. The last owner cannot be removed (`ERR_LAST_OWNER`).
 *
 * @example
 * const outcome = await removeUser(context, actor, { oid, email: 'ann@example.com' });
 * if (outcome.allowed) console.log(outcome.value.keys); // keys of the organization that the user created
 */
export async function removeUser(
  context: AdministrationContext,
  actor: Actor,
  input: MemberInput,
): Promise<Outcome<RemovedUser>> {
  return commandBy(urgently(context), actor, async (tx, actorState) => {
    const member = await memberToNarrow(tx, context, actorState, input);
    if (!member.allowed) return member;
    const { user, membership } = member.value;
    const { uid, oid } = membership;
    // An API user's consent to its own organization is permanent.
    if (user.oid === oid) await removeMembership(tx, membership);
    else await endConsent(tx, uid, oid);
    const made = await keysMadeBy(tx, uid, oid);
    const details = {
      // Readers of the audit, other than the actor, must not learn the address of a user who has not accepted the
      // organization.
      ...(membership.accepted ? { email: user.email } : {}),
      keys: made.slice(0, MAX_AUDITED).map(({ keyId }) => keyId),
      made: made.length,
    };
    await audit(tx, context, actorState, { oid, action: 'user.remove', target: uid, details });
    return allow({ uid, keys: made });
  });
}

async function removeMembership(tx: SecurityTransaction, { uid, oid }: MembershipRow): Promise<void> {
  await tx.remove('membership', { uid, oid });
  tx.touch('membership', `${uid}:${oid}`);
}

/** Maximum number of keys listed in the audit entry. The result of the command lists all keys. */
const MAX_AUDITED = 100;

/** Returns the organization's keys that the user created, with any of the user's credentials. Omits revoked keys. */
async function keysMadeBy(tx: ReadTransaction, uid: string, oid: string): Promise<readonly LeftKey[]> {
  const keys = await tx.find('key', { uid });
  const left: KeyRow[] = [];
  for (const createdBy of new Set(keys.map(({ identity }) => identity))) {
    for (const key of await tx.find('key', { oid, createdBy, revokedAt: null })) left.push(key);
  }
  return (['organization', 'ingestion'] as const)
    .flatMap((kind) => left.filter((key) => key.kind === kind).sort((a, b) => compareValues(a.keyId, b.keyId)))
    .map(({ keyId, name }) => ({ keyId, name }));
}
