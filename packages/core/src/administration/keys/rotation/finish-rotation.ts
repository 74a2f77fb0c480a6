import { allow, type Outcome } from '../../../denial/denial.js';
import { audit } from '../../audit/audit.js';
import type { Actor } from '../../command/actor.js';
import { type AdministrationContext, commandBy, urgently } from '../../command/context.js';
import { findKey, type KeyReference } from '../find-key.js';
import { readLiveSecrets } from '../secrets.js';

/**
 * Ends a rotation early: expires all secrets of a key except the newest. Requires no more permissions than revoking the
 * key, because no secret is returned.
 *
 * Returns the number of secrets that were expired.
 *
 * @example
 * const outcome = await finishRotation(context, actor, { oid, keyId });
 */
export async function finishRotation(
  context: AdministrationContext,
  actor: Actor,
  reference: KeyReference,
): Promise<Outcome<{ readonly keyId: string; readonly ended: number }>> {
  return commandBy(urgently(context), actor, async (tx, actorState) => {
    const found = await findKey(tx, context, actorState, reference);
    if (!found.allowed) return found;
    const { keyId, name, oid } = found.value.key;
    const now = context.now();
    const old = (await readLiveSecrets(tx, keyId, now)).slice(1);
    for (const { tag } of old) await tx.update('secret', { tag }, { endsAt: now });
    if (old.length === 0) return allow({ keyId, ended: 0 });
    tx.touch('key', keyId);
    await audit(tx, context, actorState, { oid, action: 'key.rotate.finish', target: keyId, details: { name } });
    return allow({ keyId, ended: old.length });
  });
}
