import { createHmac, pbkdf2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { OptionError } from '../../../denial/errors.js';
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

/** How new secrets are hashed. */
export interface HashSetting {
  /** `sha256` is for generated keys only, which have at least 112 random bits. */
  readonly scheme: HashScheme;
  /** Rounds of PBKDF2, 1,000 to 10,000,000. `sha256` does not look at it. */
  readonly rounds: number;
}

/** PBKDF2 with 30,000 rounds. */
export const DEFAULT_HASH_SETTING: HashSetting = Object.freeze({ scheme: 'pbkdf2-sha256', rounds: 30_000 });

const SALT_BYTES = 16;
const pbkdf2Async = promisify(pbkdf2);

/**
 * Hashes a secret under a fresh 128-bit salt; gives the text to store.
 *
 * Does not judge whether the secret is strong enough for the scheme.
 *
 * @throws OptionError for rounds out of bounds. @throws Error for a secret that ends in NUL.
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

/** Tells whether the secret is the one of the stored hash. A hash that cannot be read fits no secret. */
export async function verifySecret(text: string, stored: string): Promise<boolean> {
  const parsed = parseHash(stored);
  return parsed !== undefined && (await matchesHash(text, parsed));
}

/** Tells whether the secret is the one of the parsed hash, in time that does not depend on where they differ. */
export async function matchesHash(text: string, { scheme, rounds, salt, checksum }: StoredHash): Promise<boolean> {
  return !endsInNul(text) && timingSafeEqual(await derive(text, scheme, rounds, salt), checksum);
}

/** Tells whether the stored hash differs from what the setting would make now. False for one that cannot be read. */
export function needsRehash(stored: string, setting: HashSetting): boolean {
  const parsed = parseHash(stored);
  if (parsed === undefined) return false;
  return parsed.scheme !== setting.scheme || (parsed.scheme === 'pbkdf2-sha256' && parsed.rounds !== setting.rounds);
}

/** @throws OptionError for an unknown scheme or rounds out of bounds. */
export function checkHashSetting({ scheme, rounds }: HashSetting): void {
  if (scheme === 'sha256') return;
  if (scheme !== 'pbkdf2-sha256') throw new OptionError("scheme: write 'pbkdf2-sha256' or 'sha256'");
  if (Number.isInteger(rounds) && rounds >= MIN_ROUNDS && rounds <= MAX_ROUNDS) return;
  throw new OptionError(`rounds: write a whole number from ${MIN_ROUNDS} to ${MAX_ROUNDS}, such as 30000`);
}

/** HMAC pads its key with NUL, so PBKDF2 cannot tell a secret from the same with NUL behind it (RFC 2104 §2). */
function endsInNul(text: string): boolean {
  return text.endsWith('\u0000');
}

async function derive(text: string, scheme: HashScheme, rounds: number, salt: Buffer): Promise<Buffer> {
  if (scheme === 'sha256') return createHmac('sha256', salt).update(text, 'utf8').digest();
  return pbkdf2Async(text, salt, rounds, CHECKSUM_BYTES, 'sha256');
}
