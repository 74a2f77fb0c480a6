import { allow, type Outcome } from '../../../denial/denial.js';
import { deny } from '../../../denial/denial-table.js';
import { denyIssues } from '../../../denial/issue.js';
import { integerIssues } from '../../../options/integer.js';
import { mintKeyText } from '../../../principal/key/text.js';
import { invalidReason } from '../../../principal/read-subject.js';
import type { SecurityTransaction } from '../../../revision/security-write.js';
import type { KeyRow } from '../../../store/rows.js';
import type { ReadTransaction } from '../../../store/transaction.js';
import { audit } from '../../audit/audit.js';
import type { Actor } from '../../command/actor.js';
import type { ActorState } from '../../command/actor-state.js';
import { type AdministrationContext, commandBy } from '../../command/context.js';
import { isWholeOwner } from '../../escalation/check-held.js';
import { checkKeyState } from '../check-key-state.js';
import { denyNoKey, findKey, type KeyReference } from '../find-key.js';
import { addSecret, denyRetiring, endOldSecrets, type NewSecret, type RotatedKey } from '../secrets.js';
import { rotateItself } from './rotate-itself.js';

export interface RotateKeyInput {
  /** Organization of the key; absent for a user's own key. Ignored if the key rotates itself. */
  readonly oid?: string;
  /**
   * User who owns the key. Without `oid` and `uid`, the key must belong to the acting user. For the operator, the key
   * may then belong to any user.
   */
  readonly uid?: string;
  readonly keyId: string;
  /**
   * Seconds for which the old secret stays valid, an integer from 0 to 2592000 (30 days). If a key rotates itself, a
   * value from 1 to 59 is raised to 60.
   *
   * @default 3600
   */
  readonly overlapSeconds?: number;
  readonly format?: AdministrationContext['keyFormat'];
}

const DEFAULT_OVERLAP_SECONDS = 3600;
const MAX_OVERLAP_SECONDS = 30 * 24 * 3600;

/**
 * Adds a new secret to a key. The old secret expires after an overlap. The key's identity, ownership and restrictions
 * do not change.
 *
 * At most two secrets are valid at a time: rotating again during the overlap expires the oldest secret immediately.
 * Tokens exchanged earlier are revoked immediately, so that no token outlives the secret that it was exchanged for.
 *
 * A key can rotate itself if it is sent as `x-api-key`. A secret that is being rotated out, or a token exchanged for
 * such a secret, cannot rotate keys. There is one exception: if a key has rotated itself, its old secret can repeat
 * that request with the same idempotency key. The repeated request replaces the secret that the first request created,
 * and does not change the expiry of the old secret.
 *
 * @example
 * const outcome = await rotateKey(context, actor, { oid, keyId, overlapSeconds: 3600 });
 * if (outcome.allowed) console.log(outcome.value.text); // shown once
 */
export async function rotateKey(
  context: AdministrationContext,
  actor: Actor,
  input: RotateKeyInput,
): Promise<Outcome<RotatedKey>> {
  const { keyId, overlapSeconds = DEFAULT_OVERLAP_SECONDS } = input;
  const issues = integerIssues('overlap', overlapSeconds, { least: 0, most: MAX_OVERLAP_SECONDS });
  if (issues.length > 0) return denyIssues(issues);
  const text = mintKeyText(input.format ?? context.keyFormat, keyId, context.random);
  const secret: NewSecret = { keyId, text, hash: await context.hashSecret(text) };
  if (isOwnKey(actor, keyId)) return rotateItself(context, actor, { secret, overlapSeconds });
  const rotate = async (tx: SecurityTransaction, actorState: ActorState): Promise<Outcome<RotatedKey>> => {
    const key = await findRotatable(tx, context, actorState, input);
    if (!key.allowed) return key;
    const oldEndsAt = context.now() + overlapSeconds * 1000;
    await endOldSecrets(tx, keyId, context.now(), oldEndsAt);
    await addSecret(tx, context, secret);
    const { oid, name } = key.value;
    await audit(tx, context, actorState, { oid, action: 'key.rotate', target: keyId, details: { name, oldEndsAt } });
    return allow({ keyId, name, text, oldEndsAt });
  };
  return commandBy(context, actor, rotate, () => ({ key_hash: keyId }));
}

function isOwnKey(actor: Actor, keyId: string): boolean {
  return actor.kind === 'principal' && actor.principal.via === 'api-key' && actor.principal.keyId === keyId;
}

async function findRotatable(
  tx: ReadTransaction,
  context: AdministrationContext,
  actorState: ActorState,
  { oid, uid, keyId }: RotateKeyInput,
): Promise<Outcome<KeyRow>> {
  const reference: KeyReference = oid === undefined ? { ...(uid === undefined ? {} : { uid }), keyId } : { oid, keyId };
  const found = await findKey(tx, context, actorState, reference);
  if (!found.allowed) return found;
  const { key, power } = found.value;
  if (invalidReason({ ...key, disabledAt: null }, context.now()) !== undefined) return denyNoKey();
  if (actorState.retiring) return denyRetiring();
  // Without this check, the caller could use the new secret to read content that is secret to the key (`secret` flair).
  if (key.flairs.includes('secret') && key.uid === null && !actorState.operator && !isWholeOwner(power)) {
    return deny('ERR_ESCALATION', { members: { dimension: 'secret', beyond: ['secret'] } });
  }
  const checked = await checkKeyState(tx, context, actorState, found.value);
  return checked.allowed ? allow(key) : checked;
}
