import { createHmac, createSecretKey, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { OptionError } from '../../../denial/errors.js';
import { parseInteger } from '../../../options/integer.js';
import type { RandomBytes } from '../keyring/random.js';
import {
  CHECKSUM_BYTES,
  type HashScheme,
  MAX_ROUNDS,
  MIN_ROUNDS,
  parseHash,
  type StoredHash,
  toHashText,
} from './stored-hash.js';

/** Setting for hashes of new secrets. */
export interface HashSetting {
  /** Hash scheme. `sha256` is only for generated keys, which have at least 112 random bits. */
  readonly scheme: HashScheme;
  /** PBKDF2 rounds, 1,000 to 10,000,000. Ignored for `sha256`. */
  readonly rounds: number;
}

/** Default setting: PBKDF2 with 30,000 rounds. */
export const DEFAULT_HASH_SETTING: HashSetting = Object.freeze({ scheme: 'pbkdf2-sha256', rounds: 30_000 });

const SALT_BYTES = 16;
const pbkdf2Async = promisify(pbkdf2);

/**
 * Hashes a secret with a new 128-bit salt and returns the string to store.
 *
 * Does not check that the secret is strong enough for the scheme.
 *
 * @throws OptionError if the number of rounds is out of range.
 * @throws Error if the secret ends in NUL.
 * @example
 * const stored = await hashSecret(secret, DEFAULT_HASH_SETTING, randomBytes);
 */
export async function hashSecret(text: string, setting: HashSetting, random: RandomBytes): Promise<string> {
  checkHashSetting(setting);
  if (endsInNul(text)) throw new Error('a secret cannot end in NUL');
  const { scheme } = setting;
  const rounds = scheme === 'sha256' ? 1 : setting.rounds;
  const salt = Buffer.from(random(SALT_BYTES));
  if (salt.length !== SALT_BYTES) throw new Error('the source of randomness gives no usable bytes');
  return toHashText({ scheme, rounds, salt, checksum: await derive(text, scheme, rounds, salt) });
}

/** True if the secret matches the stored hash. A malformed hash matches no secret. */
export async function verifySecret(text: string, stored: string): Promise<boolean> {
  const parsed = parseHash(stored);
  return parsed !== undefined && (await matchesHash(text, parsed));
}

/** True if the secret matches the parsed hash. The comparison takes constant time. */
export async function matchesHash(text: string, { scheme, rounds, salt, checksum }: StoredHash): Promise<boolean> {
  return !endsInNul(text) && timingSafeEqual(await derive(text, scheme, rounds, salt), checksum);
}

/** True if the stored hash was created with a setting other than `setting`. False for a malformed hash. */
export function needsRehash(stored: string, setting: HashSetting): boolean {
  const parsed = parseHash(stored);
  if (parsed === undefined) return false;
  return parsed.scheme !== setting.scheme || (parsed.scheme === 'pbkdf2-sha256' && parsed.rounds !== setting.rounds);
}

/**
 * Asserts that a setting is valid. @throws OptionError if the scheme is unknown or the number of rounds is out of range
 *
 * @example
 * checkHashSetting({ scheme: 'pbkdf2-sha256', rounds: 100_000 });
 */
export function checkHashSetting({ scheme, rounds }: HashSetting): void {
  if (scheme === 'sha256') return;
  if (scheme !== 'pbkdf2-sha256') throw new OptionError("scheme: must be 'pbkdf2-sha256' or 'sha256'");
  parseInteger('rounds', rounds, { least: MIN_ROUNDS, most: MAX_ROUNDS });
}

/**
 * True if the string ends in NUL. HMAC pads its key with NULs (RFC 2104 §2), so PBKDF2 gives the same hash with and
 * without the trailing NULs.
 */
function endsInNul(text: string): boolean {
  return text.endsWith('\u0000');
}

async function derive(text: string, scheme: HashScheme, rounds: number, salt: Buffer): Promise<Buffer> {
  // On Node 24, an HMAC takes five times as long if its key is given as bytes.
  if (scheme === 'sha256') return createHmac('sha256', createSecretKey(salt)).update(text, 'utf8').digest();
  return pbkdf2Async(text, salt, rounds, CHECKSUM_BYTES, 'sha256');
}
