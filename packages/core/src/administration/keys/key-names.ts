import { allow, type Outcome } from '../../denial/denial.js';
import { parseKeyName } from '../../principal/key/key-name.js';
import { invalidReason } from '../../principal/read-subject.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { KeyRow } from '../../store/rows.js';
import { type Actor, readActorState } from '../command/actor.js';
import type { AdministrationContext } from '../command/context.js';
import { isSegmented, isWholeOwner } from '../escalation/check-held.js';
import { seeKeys } from './find-key.js';
import { findIdentity } from './identities.js';

/**
 * True if a valid or disabled key of the same organization or user has this name.
 *
 * If an expired key has this name, revokes the expired key, so that it stays invalid after a new key takes the name.
 */
export async function isNameTaken(
  tx: SecurityTransaction,
  { oid, uid, kind, name }: Pick<KeyRow, 'oid' | 'uid' | 'kind' | 'name'>,
  now: number,
): Promise<boolean> {
  const live = { name, revokedAt: null };
  for (const key of await tx.find('key', uid === null ? { oid, kind, ...live } : { uid, ...live })) {
    if (invalidReason({ ...key, disabledAt: null }, now) === undefined) return true;
    await tx.update('key', { keyId: key.keyId }, { revokedAt: now });
    tx.touch('key', key.keyId);
  }
  return false;
}

/** Result of {@link readKeyName}: what happens if a new organization key gets a certain name. */
export interface KeyNameUse {
  /** True if a valid or disabled key has the name. */
  readonly taken: boolean;
  /**
   * True if a new key with this name would own the resources that a revoked or expired key with this name created or
   * locked.
   */
  readonly continues: boolean;
  /**
   * True if a new key with this name could read the content that a revoked or expired key with this name kept secret
   * (`secret` flair).
   */
  readonly secretContinues: boolean;
}

/**
 * Returns whether a name is taken, and whether a new key with the name would continue a revoked or expired key.
 * Requires `apikey.ctrl`.
 *
 * A segmented actor (`segment` flair) learns no more than from `createKey`. If another actor created the first key with
 * the name, the result does not show that a revoked or expired key had the name.
 *
 * @example
 * const outcome = await readKeyName(context, actor, { oid, name: 'vendor[segment]' });
 * if (outcome.allowed && outcome.value.continues) console.log('the new key owns what the old one created');
 */
export async function readKeyName(
  context: AdministrationContext,
  actor: Actor,
  { oid, name: text }: { readonly oid: string; readonly name: string },
): Promise<Outcome<KeyNameUse>> {
  const parsed = parseKeyName(text, context.unknownFlairs);
  if (!parsed.allowed) return parsed;
  const { name } = parsed.value;
  return context.store.read(async (tx) => {
    const actorState = await readActorState(tx, context.catalogue, actor, context.now());
    if (!actorState.allowed) return actorState;
    const seen = await seeKeys(tx, context, actorState.value, { oid });
    if (!seen.allowed) return seen;
    const { power } = seen.value;
    const live = await tx.find('key', { oid, kind: 'organization', name, revokedAt: null });
    const taken = live.some((key) => invalidReason({ ...key, disabledAt: null }, context.now()) === undefined);
    const identity = await findIdentity(tx, { kind: 'key', scope: oid, name });
    const isHidden = isSegmented(power) && identity?.createdBy !== actorState.value.identity;
    const continues = identity !== undefined && !taken && !isHidden;
    return allow({
      taken,
      continues,
      secretContinues: continues && (actorState.value.operator || isWholeOwner(power)),
    });
  });
}
