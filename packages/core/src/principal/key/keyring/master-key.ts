import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { OptionError } from '../../../denial/errors.js';

const MASTER_KEY_BYTES = 32;
const CHECK_BYTES = 16;

/** Values derived from a master key. */
export interface MasterKey {
  /** Check value, which identifies the master key without revealing it. The check value may be stored. */
  readonly wrapping: string;
  /** Key that encrypts the database's key material: the keys for lookup tags and for stored values. */
  readonly key: KeyObject;
}

/**
 * Parses a master key: 32 bytes, written as 64 hexadecimal or 43 base64url characters.
 *
 * @throws OptionError for any other string. The error contains no part of the string.
 * @example
 * const masterKey = parseMasterKey(process.env.FLAIRGATE_MASTER_KEY ?? '');
 */
export function parseMasterKey(text: string): Uint8Array {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  const bytes = /^[A-Za-z0-9_-]{43}$/.test(text) ? Buffer.from(text, 'base64url') : undefined;
  if (bytes?.toString('base64url') === text) return bytes;
  throw new OptionError('masterKey: must be 32 random bytes as 64 hexadecimal or 43 base64url characters');
}

/**
 * Derives the check value and the sealing key from a master key. The two derived values are independent, so the check
 * value reveals nothing about the sealing key.
 *
 * @throws OptionError if the master key does not have 32 bytes.
 * @see RFC 5869
 */
export function deriveMasterKey(masterKey: Uint8Array): MasterKey {
  if (masterKey.byteLength !== MASTER_KEY_BYTES) throw new OptionError('masterKey: must have 32 bytes');
  const check = hkdfSync('sha256', masterKey, '', 'flairgate master key: check value', CHECK_BYTES);
  const wrap = hkdfSync('sha256', masterKey, '', 'flairgate master key: seal key material', 32);
  return { wrapping: Buffer.from(check).toString('base64url'), key: createSecretKey(Buffer.from(wrap)) };
}
