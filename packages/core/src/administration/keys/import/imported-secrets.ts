import { parseImportedHash } from '../../../principal/key/hash/imported-hash.js';
import { checkSecret, type FoundKey } from '../../../principal/key/key-lookup.js';
import type { SecretRow } from '../../../store/rows.js';
import type { ReadTransaction, WriteTransaction } from '../../../store/transaction.js';

/**
 * Prefix of a placeholder tag. A tag is a lookup value computed from a secret's text. An imported secret has a
 * placeholder tag until its text is sent for the first time. No real tag contains a colon.
 */
const UNTAGGED = 'import:';

/** Maximum number of imported hashes of one user or organization that a presented secret is compared with. */
export const MAX_UNTAGGED = 4;

/**
 * Name of the setting that contains the highest cost of a guess so far, as a number of PBKDF2 rounds. A guess is the
 * comparison of an unknown secret with the imported hashes of one user or organization.
 */
const MOST_ROUNDS = 'imported-rounds';
/** Name of the setting that lists the libraries that imported hashes need, separated by spaces. */
const LIBRARIES = 'imported-libraries';
/** Name of the setting that exists if a hash of an organization's key was ever imported. */
const ORGANIZATIONS = 'imported-organizations';

/** Number of rounds assumed if hashes were imported before the setting {@link MOST_ROUNDS} existed. */
const ASSUMED_ROUNDS = 4_000_000;

/** The user or organization that owns the imported keys with which a secret is compared. */
export type ImportHolder =
  | { readonly kind: 'user'; readonly uid: string }
  | { readonly kind: 'organization'; readonly oid: string };

/** Finds a user's or organization's valid imported keys whose text has not been seen yet. */
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
 * Returns a free placeholder tag for an imported hash of an organization's key. Returns undefined if all placeholder
 * tags of the organization are taken. Their number is limited ({@link MAX_UNTAGGED}), because each unknown secret is
 * compared with all hashes that have such a tag.
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

/** Returns the placeholder tag for an imported hash of a user's key. */
export function placeOfKey(keyId: string): string {
  return `${UNTAGGED}${keyId}`;
}

/**
 * Returns the placeholder tag for an imported digest. A digest has no salt. Therefore, the digest and its tag can be
 * computed from the key's text.
 */
export function placeOfDigest(tag: string): string {
  return `${UNTAGGED}digest:${tag}`;
}

function placesOf(oid: string): readonly string[] {
  return Array.from({ length: MAX_UNTAGGED }, (_, place) => `${UNTAGGED}${oid}:${place}`);
}

/**
 * Inserts an imported hash whose text has never been seen. Updates the settings that record the cost of a guess, the
 * needed libraries, and the existence of hashes of organizations.
 */
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

/** Returns the names of the libraries that imported hashes need. */
export async function neededLibraries(tx: ReadTransaction): Promise<readonly string[]> {
  const row = await tx.get('setting', { name: LIBRARIES });
  return row === undefined ? [] : row.value.split(' ');
}

/**
 * True if a hash of an organization's key was ever imported. If so, every unknown secret that is sent for an
 * organization is compared with the imported hashes of that organization.
 */
export async function hasImportedOrganizations(tx: ReadTransaction): Promise<boolean> {
  return (await tx.get('setting', { name: ORGANIZATIONS })) !== undefined;
}

/**
 * Returns the highest number of PBKDF2 rounds that one guess can cost, over all users and organizations. Returns 0 if
 * no imported hash still has a placeholder tag.
 */
export async function mostRounds(tx: ReadTransaction): Promise<number> {
  const [next] = await tx.find('secret', {}, { after: { tag: UNTAGGED }, limit: 1 });
  if (next?.tag.startsWith(UNTAGGED) !== true) return 0;
  const row = await tx.get('setting', { name: MOST_ROUNDS });
  return Number(row?.value) || ASSUMED_ROUNDS;
}

/** Replaces the placeholder tag of an imported secret with its real tag, unless another process has already done so. */
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
