import { createHash } from 'node:crypto';
import { allow, type Outcome } from '../../../denial/denial.js';
import { denyIssues } from '../../../denial/issue.js';
import type { SecurityTransaction } from '../../../revision/security-write.js';
import type { KeyRow, SecretRow } from '../../../store/rows.js';
import { audit } from '../../audit/audit.js';
import type { Actor } from '../../command/actor.js';
import type { ActorState } from '../../command/actor-state.js';
import { type AdministrationContext, commandBy } from '../../command/context.js';
import { type IdempotentRequest, readReplay, replayed, writeReplay } from '../../command/idempotency.js';
import { denyNoKey } from '../find-key.js';
import { addSecret, denyRetiring, endOldSecrets, type NewSecret, type RotatedKey } from '../secrets.js';

/** Minimum overlap in seconds. The overlap leaves the client time to repeat the request if the response was lost. */
const MIN_OVERLAP_SECONDS = 60;

/** Minimum number of characters of an idempotency key: 128 random bits in base64url. */
const MIN_REPLAY_CHARACTERS = 22;

interface OwnRotation {
  readonly secret: NewSecret;
  readonly overlapSeconds: number;
}

/**
 * Rotates the key with which the client sent this command (in the header `x-api-key`).
 *
 * The first request must be sent with a secret that is not being rotated out. If the response to the first request was
 * lost, the client may repeat the request with the old secret and the same idempotency key until the old secret
 * expires. The idempotency key proves that the same client repeats the request, because no other caller can know it.
 */
export async function rotateItself(
  context: AdministrationContext,
  actor: Actor,
  rotation: OwnRotation,
): Promise<Outcome<RotatedKey>> {
  const replay = context.replay && digested(context.replay);
  if (context.replay !== undefined && context.replay.key.length < MIN_REPLAY_CHARACTERS) {
    const message = `must have at least 128 random bits, so ${MIN_REPLAY_CHARACTERS} characters or more`;
    return denyIssues([{ field: 'idempotency_key', message }]);
  }
  return commandBy(context, actor, async (tx, actorState) => {
    const { secret } = actorState;
    const key = await tx.get('key', { keyId: rotation.secret.keyId });
    if (key === undefined || secret === undefined || !ROTATING.has(key.kind)) return denyNoKey();
    const own: Own = { context, actorState, key, acting: secret, replay };
    return actorState.retiring ? repeat(tx, own, rotation) : startRotation(tx, own, rotation);
  });
}

/**
 * Kinds of keys that may rotate themselves. Service keys and ingestion keys may not rotate themselves. The actors who
 * manage these keys create and revoke them instead.
 */
const ROTATING: ReadonlySet<KeyRow['kind']> = new Set(['organization', 'user', 'api-user']);

interface Own {
  readonly context: AdministrationContext;
  readonly actorState: ActorState;
  readonly key: KeyRow;
  readonly acting: SecretRow;
  readonly replay: IdempotentRequest | undefined;
}

async function startRotation(tx: SecurityTransaction, own: Own, rotation: OwnRotation): Promise<Outcome<RotatedKey>> {
  const { context, key, replay } = own;
  const before = replay && (await replayed(tx, replay, context.now()));
  if (before !== undefined) return before;
  const { overlapSeconds: asked } = rotation;
  const overlapSeconds = asked === 0 ? 0 : Math.max(asked, MIN_OVERLAP_SECONDS);
  const oldEndsAt = context.now() + overlapSeconds * 1000;
  await endOldSecrets(tx, key.keyId, context.now(), oldEndsAt);
  return give(tx, own, rotation, oldEndsAt);
}

/**
 * Replaces the secret that the first request created, because the response with that secret was lost. The expiry of the
 * old secret does not change.
 */
async function repeat(tx: SecurityTransaction, own: Own, rotation: OwnRotation): Promise<Outcome<RotatedKey>> {
  const { acting, key, replay } = own;
  const before = replay && (await readReplay(tx, replay));
  const made = before?.answer.request === replay?.request ? before?.answer.made : undefined;
  if (typeof made !== 'string' || acting.endsAt === null) return denyRetiring();
  // If the secret that the first request created has been revoked or rotated since, the repeated request is refused.
  const lost = await tx.get('secret', { tag: made });
  if (lost === undefined || lost.keyId !== key.keyId || lost.endsAt !== null) return denyRetiring();
  await tx.remove('secret', { tag: made });
  return give(tx, own, rotation, acting.endsAt);
}

async function give(
  tx: SecurityTransaction,
  { context, actorState, key, replay }: Own,
  { secret }: OwnRotation,
  oldEndsAt: number,
): Promise<Outcome<RotatedKey>> {
  const { keyId, name, oid } = key;
  const made = await addSecret(tx, context, secret);
  const told = { key_hash: keyId };
  if (replay !== undefined) await writeReplay(tx, replay, context.now(), { told, made, until: oldEndsAt });
  await audit(tx, context, actorState, { oid, action: 'key.rotate', target: keyId, details: { name, oldEndsAt } });
  return allow({ keyId, name, text: secret.text, oldEndsAt });
}

/**
 * Hashes the idempotency key for storage, because a reader of the database could use the original idempotency key to
 * request a new secret.
 */
function digested(replay: IdempotentRequest): IdempotentRequest {
  return { ...replay, key: `rotation:${createHash('sha256').update(replay.key).digest('base64url')}` };
}
