import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { OptionError } from '../../../denial/errors.js';

const MASTER_KEY_BYTES = 32;
const CHECK_BYTES = 16;

/** What is derived from a master key. */
export interface MasterKey {
  /** Check value: tells which master key it is, says nothing about it, may be stored. */
  readonly wrapping: string;
  /** Key that the key material is sealed under. */
  readonly key: KeyObject;
}

/**
 * Parses the text of a master key: 32 bytes, as 64 hexadecimal or 43 base64url characters.
 *
 * @throws OptionError without a word of what was given.
 */
export function parseMasterKey(text: string): Uint8Array {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  const bytes = /^[A-Za-z0-9_-]{43}$/.test(text) ? Buffer.from(text, 'base64url') : undefined;
  if (bytes?.toString('base64url') === text) return bytes;
  throw new OptionError('masterKey: write 32 random bytes as 64 hexadecimal or 43 base64url characters');
}

/**
 * Derives what a master key is used for. Each use has its own key, so that the check value gives nothing away.
 *
 * @throws OptionError when it has not 32 bytes.
 * @see RFC 5869
 */
export function deriveMasterKey(masterKey: Uint8Array): MasterKey {
  if (masterKey.byteLength !== MASTER_KEY_BYTES) throw new OptionError('masterKey: 32 bytes are needed');
  const check = hkdfSync('sha256', masterKey, '', 'flairgate master key: check value', CHECK_BYTES);
  const wrap = hkdfSync('sha256', masterKey, '', 'flairgate master key: seal key material', 32);
  return { wrapping: Buffer.from(check).toString('base64url'), key: createSecretKey(Buffer.from(wrap)) };
}
