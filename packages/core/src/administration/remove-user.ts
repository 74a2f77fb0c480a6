import { allow, type Outcome } from '../answer/denial.js';
import type { ReadTransaction } from '../store/store.js';
import type { Actor } from './actor.js';
import { audit } from './audit.js';
import { type MemberInput, memberToNarrow } from './change-member.js';
import { type AdministrationContext, commandBy } from './context.js';

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
 * Ends a membership, at once. The user stays, with whatever they have elsewhere and through groups.
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
    await tx.remove('membership', { uid, oid });
    tx.touch('membership', `${uid}:${oid}`);
    const made = await keysMadeBy(tx, uid, oid);
    const details = {
      email: user.email,
      keys: made.slice(0, MAX_AUDITED).map(({ keyId }) => keyId),
      made: made.length,
    };
    await audit(tx, context, standing, { oid, action: 'user.remove', target: uid, details });
    return allow({ uid, keys: made });
  });
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
