import type { Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { SecurityTransaction } from '../../revision/security-write.js';
import type { SecretRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { AdministrationContext } from '../command/context.js';

/** A secret to add to a key: its text and its hash. */
export interface NewSecret {
  readonly keyId: string;
  readonly text: string;
  readonly hash: string;
}

/**
 * Adds a secret without an expiry, and revokes the tokens already exchanged for the key. Returns the tag under which
 * the secret is looked up.
 */
export async function addSecret(
  tx: SecurityTransaction,
  { store, now }: AdministrationContext,
  { keyId, text, hash }: NewSecret,
): Promise<string> {
  const tag = store.material.tag(text);
  await tx.insert('secret', { tag, keyId, hash, createdAt: now(), endsAt: null, lastUsedAt: null });
  tx.touch('key', keyId);
  return tag;
}

/** Returns a key's valid secrets, latest expiry first. The current secret comes first, because it has no expiry. */
export async function readLiveSecrets(tx: ReadTransaction, keyId: string, now: number): Promise<readonly SecretRow[]> {
  const live = (await tx.find('secret', { keyId })).filter(({ endsAt }) => endsAt === null || endsAt > now);
  const end = ({ endsAt }: SecretRow) => endsAt ?? Number.POSITIVE_INFINITY;
  return live.toSorted((a, b) => (end(a) === end(b) ? b.createdAt - a.createdAt : end(b) > end(a) ? 1 : -1));
}

/** Sets the current secret to expire at the end of the overlap (`oldEndsAt`). Expires all other secrets immediately. */
export async function endOldSecrets(
  tx: SecurityTransaction,
  keyId: string,
  now: number,
  oldEndsAt: number,
): Promise<void> {
  for (const [index, { tag, endsAt }] of (await readLiveSecrets(tx, keyId, now)).entries()) {
    const until = index === 0 ? Math.min(oldEndsAt, endsAt ?? Number.POSITIVE_INFINITY) : now;
    await tx.update('secret', { tag }, { endsAt: until });
  }
}

export interface RotatedKey {
  readonly keyId: string;
  readonly name: string;
  /** Complete text of the key with the new secret. Show the text now, because it cannot be read again. */
  readonly text: string;
  /** Expiry of the old secret, in milliseconds since the Unix epoch. */
  readonly oldEndsAt: number;
}

/** Returns the denial for an actor whose secret is being rotated out. Such an actor must not obtain a new secret. */
export function denyRetiring(): Outcome<never> {
  return deny('ERR_ESCALATION', {
    detail: 'a secret that is being rotated out cannot rotate or replace keys; use the new one',
    members: { dimension: 'rotation', beyond: ['rotation'] },
  });
}
