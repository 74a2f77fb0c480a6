import { parseHash } from '../../principal/key/hash/stored-hash.js';
import { checkSecret, type FoundKey } from '../../principal/key/key-lookup.js';
import type { SecretRow } from '../../store/rows.js';
import type { ReadTransaction, WriteTransaction } from '../../store/transaction.js';

/** Prefix in place of a tag for a secret whose text was never seen. No tag contains a colon. */
const UNTAGGED = 'import:';

/** Most imported hashes of one user that are compared with one secret. */
const MAX_UNTAGGED = 4;

/** Setting that stores the most rounds that a single guess ever required. */
const MOST_ROUNDS = { name: 'imported-rounds' } as const;

/** Rounds assumed for hashes imported before this setting was stored. */
const ASSUMED_ROUNDS = 4_000_000;

/** Finds the valid keys of a user whose text was never seen. */
export async function findUntagged(tx: ReadTransaction, uid: string, now: number): Promise<readonly FoundKey[]> {
  const found: FoundKey[] = [];
  for (const secret of await untaggedOf(tx, uid)) {
    if (found.length === MAX_UNTAGGED) break;
    const checked = await checkSecret(tx, secret, now);
    if (checked.allowed) found.push(checked.value);
  }
  return found;
}

/** Inserts the hash of a user's key whose text was never seen. */
export async function insertUntagged(tx: WriteTransaction, uid: string, secret: Omit<SecretRow, 'tag'>): Promise<void> {
  const before = await mostRounds(tx);
  await tx.insert('secret', { ...secret, tag: `${UNTAGGED}${secret.keyId}` });
  const rounds = (await untaggedOf(tx, uid)).map(({ hash }) => parseHash(hash)?.rounds ?? 0);
  const most = rounds.sort((a, b) => b - a).slice(0, MAX_UNTAGGED);
  const value = String(most.reduce((sum, each) => sum + each, 0));
  if (Number(value) <= before) return;
  const isThere = await tx.update('setting', MOST_ROUNDS, { value });
  if (!isThere) await tx.insert('setting', { ...MOST_ROUNDS, value });
}

/**
 * Returns the most PBKDF2 rounds that a guess can cost, for any user. Returns 0 if no imported hash waits for its text.
 */
export async function mostRounds(tx: ReadTransaction): Promise<number> {
  const [next] = await tx.find('secret', {}, { after: { tag: UNTAGGED }, limit: 1 });
  if (next?.tag.startsWith(UNTAGGED) !== true) return 0;
  const row = await tx.get('setting', MOST_ROUNDS);
  return Number(row?.value) || ASSUMED_ROUNDS;
}

/** Stores the tag of an imported secret, unless another process that saw the text first has stored it. */
export async function tagSecret(tx: WriteTransaction, secret: SecretRow, tag: string): Promise<void> {
  if ((await tx.get('secret', { tag })) !== undefined) return;
  if ((await tx.remove('secret', { tag: secret.tag, keyId: secret.keyId })) === 1)
    await tx.insert('secret', { ...secret, tag });
}

async function untaggedOf(tx: ReadTransaction, uid: string): Promise<readonly SecretRow[]> {
  const found: SecretRow[] = [];
  for (const { keyId } of await tx.find('key', { uid, revokedAt: null })) {
    const secret = await tx.get('secret', { tag: `${UNTAGGED}${keyId}` });
    if (secret !== undefined) found.push(secret);
  }
  return found;
}
