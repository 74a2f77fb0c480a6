import { allow, type Outcome } from '../../denial/denial.js';
import { audit } from '../audit/audit.js';
import { type Actor, readActorState } from '../command/actor.js';
import { type AdministrationContext, command, urgently } from '../command/context.js';
import { findKey, type KeyReference } from './find-key.js';

/**
 * Revokes a key and every token exchanged for it, immediately and permanently.
 *
 * The key's flairs never prevent the revocation: an actor with `apikey.ctrl` must always be able to revoke a
 * credential. A segmented actor (`segment` flair) finds only keys it created.
 *
 * @example
 * const outcome = await revokeKey(context, actor, { oid, keyId });
 */
export async function revokeKey(
  context: AdministrationContext,
  actor: Actor,
  reference: KeyReference,
): Promise<Outcome<{ readonly keyId: string }>> {
  return command(
    urgently(context),
    async (tx) => {
      const actorState = await readActorState(tx, context.catalogue, actor, context.now());
      if (!actorState.allowed) return actorState;
      const found = await findKey(tx, context, actorState.value, reference);
      if (!found.allowed) return found;
      const { keyId, name, oid } = found.value.key;
      await tx.update('key', { keyId }, { revokedAt: context.now() });
      tx.touch('key', keyId);
      await audit(tx, context, actorState.value, { oid, action: 'key.revoke', target: keyId, details: { name } });
      return allow({ keyId });
    },
    actor,
  );
}
