import type { SecurityTransaction } from '../../revision/security-write.js';
import type { SecretRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';
import type { AdministrationContext } from '../command/context.js';

/** A secret to be added to a key: its text, and the stored form of it. */
export interface NewSecret {
  readonly keyId: string;
  readonly text: string;
  readonly hash: string;
}

/** Adds a secret without an end, and ends the tokens of the key that were exchanged before. Gives its look-up tag. */
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

/** The live secrets of a key, the one in force first: it has no end, and was made last. */
export async function readLiveSecrets(tx: ReadTransaction, keyId: string, now: number): Promise<readonly SecretRow[]> {
  const live = (await tx.find('secret', { keyId })).filter(({ endsAt }) => endsAt === null || endsAt > now);
  const end = ({ endsAt }: SecretRow) => endsAt ?? Number.POSITIVE_INFINITY;
  return live.toSorted((a, b) => (end(a) === end(b) ? b.createdAt - a.createdAt : end(b) > end(a) ? 1 : -1));
}

/** Leaves the secret in force until the overlap is over, and ends every other one now. */
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
