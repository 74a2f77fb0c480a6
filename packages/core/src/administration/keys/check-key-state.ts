import { allow, type Outcome } from '../../denial/denial.js';
import { readSubject } from '../../principal/read-subject.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { ActorState } from '../command/actor-state.js';
import type { AdministrationContext } from '../command/context.js';
import { checkNoEscalation } from '../escalation/check-no-escalation.js';
import { checkUserSecret } from './check-new-key.js';
import { denyNoKey, type ReferredKey } from './find-key.js';

/**
 * Checks that an actor may get a working secret for an existing key, or enable the key again.
 *
 * In every organization where the key is valid, the actor must hold all rights that the key holds. Otherwise, refuses
 * with `ERR_ESCALATION`.
 */
export async function checkKeyState(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { key, power }: ReferredKey,
): Promise<Outcome<unknown>> {
  if (actorState.operator) return allow(undefined);
  if (key.uid !== null) {
    const user = await tx.get('user', { uid: key.uid });
    return user === undefined ? denyNoKey() : checkUserSecret(tx, context, actorState, { user, bounds: key });
  }
  const subject = await readSubject(tx, key);
  if (typeof subject === 'string') return denyNoKey();
  const { ranges, expiresAt } = key;
  for (const [oid, access] of subject.access) {
    const minted = checkNoEscalation(power, { oid, ...access, narrowed: false, ranges, expiresAt }, context.catalogue);
    if (!minted.allowed) return minted;
  }
  return allow(undefined);
}
