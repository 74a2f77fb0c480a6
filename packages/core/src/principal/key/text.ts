import { crc32 } from 'node:zlib';
import { RANDOM_UUID, WHOLE_KEY } from '../../credential/key-form.js';
import { BASE62, type RandomBytes, randomBase62 } from './keyring/random.js';

/** Format of a new key: `fg_…` or a UUID. Keys in both formats are accepted everywhere. */
export type KeyFormat = 'fg' | 'uuid';

/** Parts of an API key. */
export type KeyText = { readonly format: 'fg'; readonly keyId: string } | { readonly format: 'uuid' };

const PREFIX = 'fg_';
const ID_CHARACTERS = 10;
/** Number of characters in the secret part of a key: 27 × log2(62) = 160.8 bits. */
const SECRET_CHARACTERS = 27;
const CHECK_CHARACTERS = 6;
/**
 * Minimum length of a custom or imported secret. Generated secrets are longer. 20 random letters and digits have 119
 * bits. From 112 bits on, a leaked hash is useless to an attacker.
 */
export const MIN_KEY_CHARACTERS = 20;
const CHECK_START = PREFIX.length + ID_CHARACTERS + SECRET_CHARACTERS;

/** Matches a key in the format `fg`, for secret scanners. The pattern has no flags, so matching keeps no state. */
export const KEY_PATTERN = /(?<![0-9A-Za-z])fg_[0-9A-Za-z]{43}(?![0-9A-Za-z])/;

/** Creates the public part of a key: 10 random base62 characters. */
export function mintKeyId(random: RandomBytes): string {
  return randomBase62(ID_CHARACTERS, random);
}

/**
 * Creates the key as a string, which is shown once and never stored.
 *
 * The format `fg` is `fg_`, the key id, 27 secret characters and 6 CRC-32 characters, all in base62. The format `uuid`
 * is a random UUID in lower case, which does not contain the key id.
 */
export function mintKeyText(format: KeyFormat, keyId: string, random: RandomBytes): string {
  if (format === 'uuid') return mintUuid(random);
  const checked = `${PREFIX}${keyId}${randomBase62(SECRET_CHARACTERS, random)}`;
  return checked + checksum(checked);
}

/**
 * Parses a key. Returns undefined for a string in neither format, such as an imported key.
 *
 * The checksum only detects typing errors. It does not prove that the key exists. A UUID must be in lower case, as it
 * was created.
 *
 * @example
 * const parts = parseKeyText(text);
 * if (parts?.format === 'fg') console.log(parts.keyId);
 */
export function parseKeyText(text: string): KeyText | undefined {
  if (!WHOLE_KEY.test(text)) return RANDOM_UUID.test(text) ? { format: 'uuid' } : undefined;
  if (!hasValidChecksum(text)) return undefined;
  return { format: 'fg', keyId: text.slice(PREFIX.length, PREFIX.length + ID_CHARACTERS) };
}

/** True if no key can equal this string: the string has the format `fg` with a wrong checksum, or is too short. */
export function isNoKey(text: string): boolean {
  return text.length < MIN_KEY_CHARACTERS || (WHOLE_KEY.test(text) && !hasValidChecksum(text));
}

/**
 * Replaces the secret of every `fg_` key in a string and keeps the key id. Also finds truncated keys.
 *
 * Does not recognize keys in the format `uuid`, because other UUIDs look the same.
 *
 * @example
 * logger.warn(scrubKeys(message));
 */
export function scrubKeys(text: string): string {
  return text.replaceAll(/fg_([0-9A-Za-z]{10})(?:(?!fg_)[0-9A-Za-z]){6,}/g, 'fg_$1[hidden]');
}

function mintUuid(random: RandomBytes): string {
  const bytes = Buffer.from(random(16));
  if (bytes.length !== 16) throw new Error('the source of randomness gives no usable bytes');
  // RFC 9562 §5.4: version 4, variant 10.
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** True if the last characters of a key in the format `fg` are the checksum of the preceding characters. */
function hasValidChecksum(text: string): boolean {
  return text.endsWith(checksum(text.slice(0, CHECK_START)));
}

function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  while (digits.length < CHECK_CHARACTERS) {
    digits = `${BASE62[rest % 62]}${digits}`;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
