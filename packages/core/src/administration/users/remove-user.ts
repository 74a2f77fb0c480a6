import { allow, type Outcome } from '../../denial/denial.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { MembershipRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { audit } from '../audit/audit.js';
import type { Actor } from '../command/actor.js';
import { type AdministrationContext, commandBy } from '../command/context.js';
import { endConsent } from '../consent/consent.js';
import { addressIn, type MemberInput, memberToNarrow } from './change-member.js';

/** A key of the organization that goes on. */
export interface LeftKey {
  readonly keyId: string;
  readonly name: string;
}

/** Who was removed, and which keys they made in the organization: those go on until somebody ends them. */
export interface RemovedUser {
  readonly uid: string;
  readonly keys: readonly LeftKey[];
}

/**
 * Ends a membership, or the offer of one, with the user's consent: what groups give them there ends too, at once, and
 * whatever is given later is an offer again. The user stays, with whatever they have elsewhere.
 *
 * Only an owner removes an owner; the last one stays (`ERR_LAST_OWNER`).
 */
export async function removeUser(
  context: AdministrationContext,
  actor: Actor,
  input: MemberInput,
): Promise<Outcome<RemovedUser>> {
  return commandBy(context, actor, async (tx, standing) => {
    const member = await memberToNarrow(tx, context, standing, input);
    if (!member.allowed) return member;
    const { user, membership } = member.value;
    const { uid, oid } = membership;
    // An API user has accepted its own organization for good.
    if (user.oid === oid) await removeMembership(tx, membership);
    else await endConsent(tx, uid, oid);
    const made = await keysMadeBy(tx, uid, oid);
    const email = membership.accepted ? user.email : addressIn(input.email);
    const details = {
      ...(email === undefined ? {} : { email }),
      keys: made.slice(0, MAX_AUDITED).map(({ keyId }) => keyId),
      made: made.length,
    };
    await audit(tx, context, standing, { oid, action: 'user.remove', target: uid, details });
    return allow({ uid, keys: made });
  });
}

async function removeMembership(tx: SecurityTransaction, { uid, oid }: MembershipRow): Promise<void> {
  await tx.remove('membership', { uid, oid });
  tx.touch('membership', `${uid}:${oid}`);
}

/** Keys that the audit names; the answer names all. */
const MAX_AUDITED = 100;

/** The live keys of the organization that the user made there by any credential of theirs. */
async function keysMadeBy(tx: ReadTransaction, uid: string, oid: string): Promise<readonly LeftKey[]> {
  const keys = await tx.find('key', { uid });
  const identities = new Set(keys.map(({ identity }) => identity));
  const left: LeftKey[] = [];
  for (const kind of ['organization', 'ingestion'] as const) {
    for (const { keyId, name, createdBy } of await tx.find('key', { oid, kind, revokedAt: null })) {
      if (createdBy !== null && identities.has(createdBy)) left.push({ keyId, name });
    }
  }
  return left;
}
