import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Store } from '../../../store/store.js';
import type { ReadTransaction, WriteTransaction } from '../../../store/transaction.js';
import { placeOfDigest } from './imported-secrets.js';

/**
 * Placeholder that is stored instead of a hash if a key was imported by its SHA-256 digest. The digest itself is not
 * stored.
 */
export const DIGEST_HASH = '$fg-import$digest';

/** Name of the setting that contains the HMAC keys of imported digests, encrypted. */
const HMAC_KEYS = 'imported-hmac-keys';
const SEALED_FOR = 'imported-hmac-key';
/**
 * Maximum number of HMAC keys. It limits the cost of a comparison: for every secret to compare, one digest is computed
 * with each HMAC key.
 */
const MAX_HMAC_KEYS = 4;

const HEXADECIMAL = /^[0-9a-f]{64}$/i;
const BASE64 = /^[A-Za-z0-9+/]{43}=?$/;
const BASE64URL = /^[\w-]{43}=?$/;

/** Parses a SHA-256 digest in hexadecimal, base64 or base64url. Returns undefined for any other string. */
export function parseDigest(text: string): Buffer | undefined {
  if (HEXADECIMAL.test(text)) return Buffer.from(text, 'hex');
  if (BASE64.test(text)) return Buffer.from(text, 'base64');
  return BASE64URL.test(text) ? Buffer.from(text, 'base64url') : undefined;
}

/**
 * Returns the tag (lookup value) under which the secret of an imported digest is stored. Without the master key, the
 * tag cannot be computed from the key's text or from the digest.
 */
export function digestPlace({ material }: Pick<Store, 'material'>, digest: Buffer, hmacKey?: Buffer): string {
  const by = hmacKey === undefined ? '' : material.tag(`hmac-key:${hmacKey.toString('base64')}`);
  return placeOfDigest(material.tag(`imported-digest:${by}:${digest.toString('base64')}`));
}

/**
 * Returns the tags under which a key with this text may be stored if the key was imported by its digest: one tag for
 * the plain SHA-256 digest, and one tag for the digest with each HMAC key.
 */
export async function digestPlacesOf(tx: ReadTransaction, store: Store, text: string): Promise<readonly string[]> {
  const keys = await readHmacKeys(tx, store);
  return [
    digestPlace(store, createHash('sha256').update(text).digest()),
    ...keys.map((key) => digestPlace(store, createHmac('sha256', key).update(text).digest(), key)),
  ];
}

/**
 * Stores an HMAC key, encrypted, unless it is already stored. Returns false if the key cannot be stored because the
 * maximum number of HMAC keys is reached.
 */
export async function keepHmacKey(tx: WriteTransaction, store: Store, key: Buffer): Promise<boolean> {
  const kept = await readHmacKeys(tx, store);
  if (kept.some((each) => each.length === key.length && timingSafeEqual(each, key))) return true;
  if (kept.length >= MAX_HMAC_KEYS) return false;
  const value = JSON.stringify([...kept, key].map((each) => store.material.seal(each, SEALED_FOR)));
  const name = { name: HMAC_KEYS };
  if (!(await tx.update('setting', name, { value }))) await tx.insert('setting', { ...name, value });
  return true;
}

async function readHmacKeys(tx: ReadTransaction, { material }: Store): Promise<readonly Buffer[]> {
  const row = await tx.get('setting', { name: HMAC_KEYS });
  const sealed: unknown = row === undefined ? [] : JSON.parse(row.value);
  if (!Array.isArray(sealed)) return [];
  return sealed.map((text) => Buffer.from(material.open(String(text), SEALED_FOR)));
}
