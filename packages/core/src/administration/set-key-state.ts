import { allow, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import { readSubject } from '../principal/read-subject.js';
import type { KeyRow } from '../store/rows.js';
import type { ReadTransaction } from '../store/store.js';
import { type Actor, readStanding } from './actor.js';
import { audit } from './audit.js';
import { type AdministrationContext, command } from './context.js';
import { findKey, type KeyReference } from './find-key.js';
import { mayMint } from './may-mint.js';
import type { Power } from './power.js';

/**
 * Disables a key, or enables it again. A disabled key keeps its name and identity.
 *
 * Disabling is as free as revoking; enabling yields a working secret, so `mayMint` judges it.
 */
export async function setKeyState(
  context: AdministrationContext,
  actor: Actor,
  reference: KeyReference,
  state: 'enabled' | 'disabled',
): Promise<Outcome<{ readonly keyId: string }>> {
  return command(context, async (tx) => {
    const standing = await readStanding(tx, context.catalogue, actor, context.now());
    if (!standing.allowed) return standing;
    const found = await findKey(tx, context, standing.value, reference);
    if (!found.allowed) return found;
    const { key, power } = found.value;
    if (state === 'enabled' && !standing.value.operator) {
      const judged = await judgeEnabled(tx, context, power, key);
      if (!judged.allowed) return judged;
    }
    const { keyId, name, oid } = key;
    await tx.update('key', { keyId }, { disabledAt: state === 'disabled' ? context.now() : null });
    tx.touch('key', keyId);
    const action = state === 'disabled' ? 'key.disable' : 'key.enable';
    await audit(tx, context, standing.value, { oid, action, target: keyId, details: { name } });
    return allow({ keyId });
  });
}

async function judgeEnabled(
  tx: ReadTransaction,
  context: AdministrationContext,
  power: Power | undefined,
  key: KeyRow,
): Promise<Outcome<unknown>> {
  const subject = await readSubject(tx, key);
  if (typeof subject === 'string') return deny('ERR_NOT_FOUND', { detail: 'no such key' });
  const { ranges, expiresAt } = key;
  for (const [oid, access] of subject.access) {
    const minted = mayMint(power, { oid, ...access, narrowed: false, ranges, expiresAt }, context.catalogue);
    if (!minted.allowed) return minted;
  }
  return allow(undefined);
}
