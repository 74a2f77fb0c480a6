import { parseImportedHash } from '../../../principal/key/hash/imported-hash.js';
import { checkSecret, type FoundKey } from '../../../principal/key/key-lookup.js';
import type { SecretRow } from '../../../store/rows.js';
import type { ReadTransaction, WriteTransaction } from '../../../store/transaction.js';

/** Prefix in place of a tag for a secret whose text was never seen. No tag contains a colon. */
const UNTAGGED = 'import:';

/** Most imported hashes of one user or organization that are compared with one secret. */
export const MAX_UNTAGGED = 4;

/** Setting that stores the most rounds that a single guess ever required. */
const MOST_ROUNDS = 'imported-rounds';
/** Setting that stores the libraries that some imported hash needs, separated by spaces. */
const LIBRARIES = 'imported-libraries';
/** Setting that is stored once the hash of an organization's key was imported. */
const ORGANIZATIONS = 'imported-organizations';

/** Rounds assumed for hashes imported before this setting was stored. */
const ASSUMED_ROUNDS = 4_000_000;

/** The user or organization for whose keys a secret is compared. */
export type ImportHolder =
  | { readonly kind: 'user'; readonly uid: string }
  | { readonly kind: 'organization'; readonly oid: string };

/** Finds the valid keys of a user or organization whose text was never seen. */
export async function findUntagged(
  tx: ReadTransaction,
  holder: ImportHolder,
  now: number,
): Promise<readonly FoundKey[]> {
  const found: FoundKey[] = [];
  for (const secret of await untaggedOf(tx, holder)) {
    if (found.length === MAX_UNTAGGED) break;
    const checked = await checkSecret(tx, secret, now);
    if (checked.allowed) found.push(checked.value);
  }
  return found;
}

/**
 * Returns the place in which the next hash of an organization's key waits for its text. Undefined if all are taken:
 * each guess for an organization is compared with each of them, so there are few.
 */
export async function freePlace(tx: WriteTransaction, oid: string, now: number): Promise<string | undefined> {
  for (const tag of placesOf(oid)) {
    const secret = await tx.get('secret', { tag });
    if (secret !== undefined && (await checkSecret(tx, secret, now)).allowed) continue;
    await tx.remove('secret', { tag });
    return tag;
  }
  return undefined;
}

/** Returns the place of the hash of a user's key. */
export function placeOfKey(keyId: string): string {
  return `${UNTAGGED}${keyId}`;
}

/** Returns the place of a digest that finds its key, because it has no salt. */
export function placeOfDigest(tag: string): string {
  return `${UNTAGGED}digest:${tag}`;
}

function placesOf(oid: string): readonly string[] {
  return Array.from({ length: MAX_UNTAGGED }, (_, place) => `${UNTAGGED}${oid}:${place}`);
}

/** Inserts a hash whose text was never seen, and stores what a guess can cost now. */
export async function insertUntagged(tx: WriteTransaction, holder: ImportHolder, secret: SecretRow): Promise<void> {
  const before = await mostRounds(tx);
  await tx.insert('secret', secret);
  const rounds = (await untaggedOf(tx, holder)).map(({ hash }) => parseImportedHash(hash)?.rounds ?? 0);
  const most = rounds.sort((a, b) => b - a).slice(0, MAX_UNTAGGED);
  const sum = Math.max(
    1,
    most.reduce((total, each) => total + each, 0),
  );
  if (sum > before) await putSetting(tx, MOST_ROUNDS, String(sum));
  const needed = new Set(await neededLibraries(tx));
  const { library } = parseImportedHash(secret.hash) ?? {};
  if (library !== undefined && !needed.has(library)) await putSetting(tx, LIBRARIES, [...needed, library].join(' '));
  if (holder.kind === 'organization') await putSetting(tx, ORGANIZATIONS, 'yes');
}

/** Returns the names of the libraries that some imported hash needs. */
export async function neededLibraries(tx: ReadTransaction): Promise<readonly string[]> {
  const row = await tx.get('setting', { name: LIBRARIES });
  return row === undefined ? [] : row.value.split(' ');
}

/** True if the hash of an organization's key was ever imported. Then every unknown secret of one is a guess. */
export async function hasImportedOrganizations(tx: ReadTransaction): Promise<boolean> {
  return (await tx.get('setting', { name: ORGANIZATIONS })) !== undefined;
}

/**
 * Returns the most PBKDF2 rounds that a guess can cost, for any user. Returns 0 if no imported hash waits for its text.
 */
export async function mostRounds(tx: ReadTransaction): Promise<number> {
  const [next] = await tx.find('secret', {}, { after: { tag: UNTAGGED }, limit: 1 });
  if (next?.tag.startsWith(UNTAGGED) !== true) return 0;
  const row = await tx.get('setting', { name: MOST_ROUNDS });
  return Number(row?.value) || ASSUMED_ROUNDS;
}

/** Stores the tag of an imported secret, unless another process that saw the text first has stored it. */
export async function tagSecret(tx: WriteTransaction, secret: SecretRow, tagged: SecretRow): Promise<void> {
  if ((await tx.get('secret', { tag: tagged.tag })) !== undefined) return;
  if ((await tx.remove('secret', { tag: secret.tag, keyId: secret.keyId })) === 1) await tx.insert('secret', tagged);
}

async function untaggedOf(tx: ReadTransaction, holder: ImportHolder): Promise<readonly SecretRow[]> {
  const places =
    holder.kind === 'organization'
      ? placesOf(holder.oid)
      : (await tx.find('key', { uid: holder.uid, revokedAt: null })).map(({ keyId }) => placeOfKey(keyId));
  const found: SecretRow[] = [];
  for (const tag of places) {
    const secret = await tx.get('secret', { tag });
    if (secret !== undefined) found.push(secret);
  }
  return found;
}

async function putSetting(tx: WriteTransaction, name: string, value: string): Promise<void> {
  if (!(await tx.update('setting', { name }, { value }))) await tx.insert('setting', { name, value });
}
