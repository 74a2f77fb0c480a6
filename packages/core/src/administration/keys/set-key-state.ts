import { allow, type Outcome } from '../../denial/denial.js';
import { audit } from '../audit/audit.js';
import { type Actor, readActorState } from '../command/actor.js';
import { type AdministrationContext, command, urgently } from '../command/context.js';
import { checkKeyState } from './check-key-state.js';
import { findKey, type KeyReference } from './find-key.js';

/**
 * Disables a key, or enables it again. A disabled key keeps its name and identity.
 *
 * Disabling a key requires the same permission as revoking it. Enabling a key makes its secrets valid again. Therefore,
 * to enable a key, the actor must also hold all rights of the key (`checkNoEscalation`).
 *
 * @example
 * const outcome = await setKeyState(context, actor, { oid, keyId }, 'disabled');
 */
export async function setKeyState(
  context: AdministrationContext,
  actor: Actor,
  reference: KeyReference,
  state: 'enabled' | 'disabled',
): Promise<Outcome<{ readonly keyId: string }>> {
  return command(
    state === 'disabled' ? urgently(context) : context,
    async (tx) => {
      const actorState = await readActorState(tx, context.catalogue, actor, context.now());
      if (!actorState.allowed) return actorState;
      const found = await findKey(tx, context, actorState.value, reference);
      if (!found.allowed) return found;
      if (state === 'enabled') {
        const checked = await checkKeyState(tx, context, actorState.value, found.value);
        if (!checked.allowed) return checked;
      }
      const { keyId, name, oid } = found.value.key;
      await tx.update('key', { keyId }, { disabledAt: state === 'disabled' ? context.now() : null });
      tx.touch('key', keyId);
      const action = state === 'disabled' ? 'key.disable' : 'key.enable';
      await audit(tx, context, actorState.value, { oid, action, target: keyId, details: { name } });
      return allow({ keyId });
    },
    actor,
  );
}
