import { createHash } from 'node:crypto';
import { verifySecret } from './hash.js';
import { type HashLibrary, loadArgon2, loadBcrypt } from './hash-libraries.js';
import { parseHash, toHashText } from './stored-hash.js';

/**
 * A hash imported from another system, such as a Django application. The hash is stored in this format until its secret
 * is first used.
 */
export interface ImportedHash {
  readonly stored: string;
  /** Cost of one comparison with this hash, expressed as a number of PBKDF2 rounds that take about as long. */
  readonly rounds: number;
  /** Library that compares the hash. Undefined if Node.js compares it without a library. */
  readonly library: HashLibrary | undefined;
}

/**
 * Matches Django's format, `pbkdf2_sha256$<rounds>$<salt>$<base64>`. The salt is used as it is written, without
 * decoding.
 */
const DJANGO_PBKDF2 = /^pbkdf2_sha256\$([1-9][0-9]{0,7})\$([\x21-\x23\x25-\x7e]{1,64})\$([A-Za-z0-9+/]{43}=)$/;
/** Matches the prefix that Django adds to a hash in bcrypt's or argon2's own format: the name of the algorithm. */
const DJANGO_PREFIX = /^(?:bcrypt\$(?=\$2)|argon2\$(?=argon2))/;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
/**
 * Matches Django's variant of bcrypt. Because bcrypt reads at most 72 bytes, this variant first computes the password's
 * SHA-256 and applies bcrypt to its hexadecimal digits.
 */
const BCRYPT_OF_SHA256 = /^bcrypt_sha256\$(\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53})$/;
const ARGON2 =
  /^\$argon2(?:id|i|d)\$v=19\$m=(\d{1,7}),t=(\d{1,4}),p=(\d{1,3})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$/;

const MIN_BCRYPT_COST = 4;
/** Maximum bcrypt cost. A comparison at a higher cost takes several seconds. */
const MAX_BCRYPT_COST = 15;
/** Maximum memory that one comparison may use, in KiB: 256 MiB. */
const MAX_ARGON2_MEMORY = 262_144;
const MAX_ARGON2_WORK = 4_194_304;
/** Maximum number of bytes that bcrypt reads. Bcrypt ignores all further bytes. */
const MAX_BCRYPT_BYTES = 72;

/**
 * Number of PBKDF2 rounds that take as long as one step of bcrypt. The next constant is the number of PBKDF2 rounds
 * that take as long as one KiB in one pass of argon2.
 */
const ROUNDS_PER_BCRYPT_STEP = 100;
const ROUNDS_PER_ARGON2_KIB = 2;

/**
 * Parses a slow hash from another system: PBKDF2 in passlib's or Django's format, bcrypt, or argon2. A bcrypt or argon2
 * hash may have Django's prefix. Returns undefined for any other string, for a hash that is too weak, and for a hash
 * that takes too long to compare.
 */
export function parseImportedHash(text: string): ImportedHash | undefined {
  const pbkdf2 = toPbkdf2(text);
  if (pbkdf2 !== undefined) return pbkdf2;
  const given = text.startsWith('argon2$') ? `$${text.slice('argon2$'.length)}` : text.replace(DJANGO_PREFIX, '');
  const bcrypt = BCRYPT.exec(given) ?? BCRYPT_OF_SHA256.exec(given);
  if (bcrypt !== null) return ofBcrypt(given, Number(bcrypt.at(-1)));
  const argon2 = ARGON2.exec(given);
  return argon2 === null ? undefined : ofArgon2(given, argon2.slice(1).map(Number));
}

function toPbkdf2(text: string): ImportedHash | undefined {
  const [, rounds = '', salt = '', checksum = ''] = DJANGO_PBKDF2.exec(text) ?? [];
  const stored =
    rounds === ''
      ? text
      : toHashText({
          scheme: 'pbkdf2-sha256',
          rounds: Number(rounds),
          salt: Buffer.from(salt, 'latin1'),
          checksum: Buffer.from(checksum, 'base64'),
        });
  const parsed = parseHash(stored);
  return parsed?.scheme === 'pbkdf2-sha256' ? { stored, rounds: parsed.rounds, library: undefined } : undefined;
}

function ofBcrypt(stored: string, cost: number): ImportedHash | undefined {
  if (cost < MIN_BCRYPT_COST || cost > MAX_BCRYPT_COST) return undefined;
  return { stored, rounds: 2 ** cost * ROUNDS_PER_BCRYPT_STEP, library: '@node-rs/bcrypt' };
}

function ofArgon2(stored: string, [memory = 0, passes = 0, lanes = 0]: readonly number[]): ImportedHash | undefined {
  const isSane = memory >= 8 * lanes && passes >= 1 && lanes >= 1;
  if (!isSane || memory > MAX_ARGON2_MEMORY || memory * passes > MAX_ARGON2_WORK) return undefined;
  return { stored, rounds: memory * passes * ROUNDS_PER_ARGON2_KIB, library: '@node-rs/argon2' };
}

/**
 * True if the secret matches an imported hash. A malformed hash matches no secret.
 *
 * Rejects with `UnavailableError` if the library for this kind of hash is not installed.
 */
export async function verifyImported(text: string, stored: string): Promise<boolean> {
  const [, ofSha256] = BCRYPT_OF_SHA256.exec(stored) ?? [];
  if (ofSha256 !== undefined) {
    return (await loadBcrypt()).verify(createHash('sha256').update(text).digest('hex'), ofSha256);
  }
  if (BCRYPT.test(stored)) {
    return Buffer.byteLength(text) <= MAX_BCRYPT_BYTES && (await loadBcrypt()).verify(text, stored);
  }
  if (ARGON2.test(stored)) return (await loadArgon2()).verify(stored, text);
  return verifySecret(text, stored);
}
