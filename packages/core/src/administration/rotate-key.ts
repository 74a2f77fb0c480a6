import { allow, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import { denyIssues } from '../answer/issue.js';
import { mintKeyText } from '../principal/key/text.js';
import { deadReason, readSubject } from '../principal/read-subject.js';
import type { SecurityTransaction } from '../revision/security-write.js';
import type { KeyRow } from '../store/rows.js';
import type { ReadTransaction } from '../store/store.js';
import type { Actor, Standing } from './actor.js';
import { audit } from './audit.js';
import { type AdministrationContext, commandBy } from './context.js';
import { judgeUserSecret } from './judge-new-key.js';
import { mayMint } from './may-mint.js';
import type { Power } from './power.js';
import { isSegmented, requireHeld } from './require.js';

export interface RotateKeyInput {
  /** Organization of the key; absent for a user's own key. A key that rotates itself may be found by any. */
  readonly oid?: string;
  /** User whose key it is. Without `oid` and `uid` any key of a user is meant that the actor may rotate. */
  readonly uid?: string;
  readonly keyId: string;
  /** Seconds the old secret goes on. 0 to 30 days, default one hour. */
  readonly overlapSeconds?: number;
  readonly format?: AdministrationContext['keyFormat'];
}

export interface RotatedKey {
  readonly keyId: string;
  readonly name: string;
  /** The whole new key. Shown once. */
  readonly text: string;
  /** When the old secret ends, in milliseconds since 1970. */
  readonly oldEndsAt: number;
}

const DEFAULT_OVERLAP_SECONDS = 3600;
const MAX_OVERLAP_SECONDS = 30 * 24 * 3600;

/**
 * Gives a key a second secret and lets the first end after an overlap. Identity, ownership and limits stay.
 *
 * At most two secrets are live: a third ends the oldest at once. Tokens exchanged before end at once, so that none
 * outlives the secret it came from. A key may always rotate itself, when sent as `x-api-key`.
 */
export async function rotateKey(
  context: AdministrationContext,
  actor: Actor,
  input: RotateKeyInput,
): Promise<Outcome<RotatedKey>> {
  const { keyId, overlapSeconds = DEFAULT_OVERLAP_SECONDS } = input;
  if (!Number.isInteger(overlapSeconds) || overlapSeconds < 0 || overlapSeconds > MAX_OVERLAP_SECONDS) {
    return denyIssues([{ field: 'overlap', message: `whole seconds from 0 to ${MAX_OVERLAP_SECONDS}` }]);
  }
  const text = mintKeyText(input.format ?? context.keyFormat, keyId, context.random);
  const hash = await context.hashSecret(text);
  const rotate = async (tx: SecurityTransaction, standing: Standing): Promise<Outcome<RotatedKey>> => {
    const key = await findRotatable(tx, context, standing, actor, input);
    if (!key.allowed) return key;
    const oldEndsAt = context.now() + overlapSeconds * 1000;
    await endOldSecrets(tx, keyId, context.now(), oldEndsAt);
    await tx.insert('secret', {
      tag: context.store.material.tag(text),
      keyId,
      hash,
      createdAt: context.now(),
      endsAt: null,
      lastUsedAt: null,
    });
    tx.touch('key', keyId);
    const { oid, name } = key.value;
    await audit(tx, context, standing, {
      oid,
      action: 'key.rotate',
      target: keyId,
      details: { name, oldEndsAt },
    });
    return allow({ keyId, name, text, oldEndsAt });
  };
  return commandBy(context, actor, rotate, () => ({ key_hash: keyId }));
}

async function findRotatable(
  tx: ReadTransaction,
  context: AdministrationContext,
  standing: Standing,
  actor: Actor,
  { oid, uid, keyId }: RotateKeyInput,
): Promise<Outcome<KeyRow>> {
  const key = await tx.get('key', { keyId });
  const here =
    key !== undefined && (oid === undefined ? key.uid !== null && key.uid === (uid ?? key.uid) : key.oid === oid);
  const own = standing.keyId === keyId && actor.kind === 'principal' && actor.principal.via === 'api-key';
  if (own && key !== undefined) return allow(key);
  const power = judgeActor(context, standing, oid, key);
  if (!power.allowed) return power;
  const segmented = oid === undefined ? standing.segmented : isSegmented(power.value);
  const seen = here && !(segmented && key.createdBy !== standing.identity);
  if (!seen || deadReason({ ...key, disabledAt: null }, context.now()) !== undefined) {
    return deny('ERR_NOT_FOUND', { detail: 'no such key' });
  }
  if (standing.operator) return allow(key);
  return oid === undefined ? judgeOwnUser(tx, context, standing, key) : judgeMint(tx, context, power.value, key);
}

/** A user's key rotates another of theirs only where it could have made it. */
async function judgeOwnUser(
  tx: ReadTransaction,
  context: AdministrationContext,
  standing: Standing,
  key: KeyRow,
): Promise<Outcome<KeyRow>> {
  const user = key.uid === null ? undefined : await tx.get('user', { uid: key.uid });
  if (user === undefined) return deny('ERR_NOT_FOUND', { detail: 'no such key' });
  const judged = await judgeUserSecret(tx, context, standing, user, key);
  return judged.allowed ? allow(key) : judged;
}

/** Who may rotate a key that is not their own credential: its user, or a holder of `apikey.ctrl`. */
function judgeActor(
  context: AdministrationContext,
  standing: Standing,
  oid: string | undefined,
  key: KeyRow | undefined,
): Outcome<Power | undefined> {
  if (oid !== undefined) return requireHeld(context, standing, oid, 'apikey.ctrl');
  if (standing.operator || (key !== undefined && key.uid === standing.uid)) return allow(undefined);
  return deny('ERR_NOT_FOUND', { detail: 'no such key' });
}

async function judgeMint(
  tx: ReadTransaction,
  context: AdministrationContext,
  power: Power | undefined,
  key: KeyRow,
): Promise<Outcome<KeyRow>> {
  const subject = await readSubject(tx, key);
  if (typeof subject === 'string') return deny('ERR_NOT_FOUND', { detail: 'no such key' });
  // Its secret content would be open to whoever gets the new secret.
  if (key.flairs.includes('secret') && !(power?.owner === true && !power.narrowed && !isSegmented(power))) {
    return deny('ERR_ESCALATION', { members: { dimension: 'secret', beyond: ['secret'] } });
  }
  const { ranges, expiresAt } = key;
  for (const [oid, access] of subject.access) {
    const minted = mayMint(power, { oid, ...access, narrowed: false, ranges, expiresAt }, context.catalogue);
    if (!minted.allowed) return minted;
  }
  return allow(key);
}

/** Leaves the newest live secret until the overlap is over, and ends every other one now. */
async function endOldSecrets(tx: SecurityTransaction, keyId: string, now: number, oldEndsAt: number): Promise<void> {
  const secrets = [...(await tx.find('secret', { keyId }))].sort((a, b) => b.createdAt - a.createdAt);
  const live = secrets.filter(({ endsAt }) => endsAt === null || endsAt > now);
  for (const [index, { tag, endsAt }] of live.entries()) {
    const until = index === 0 ? Math.min(oldEndsAt, endsAt ?? Number.POSITIVE_INFINITY) : now;
    await tx.update('secret', { tag }, { endsAt: until });
  }
}
