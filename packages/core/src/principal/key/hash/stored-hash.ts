/** Hash scheme for secrets: slow PBKDF2 for any secret, or fast SHA-256 for generated secrets. */
export type HashScheme = 'pbkdf2-sha256' | 'sha256';

export const MIN_ROUNDS = 1_000;
export const MAX_ROUNDS = 10_000_000;
export const CHECKSUM_BYTES = 32;

/** Minimum salt length in NIST SP 800-63B. New hashes have 16 bytes. */
const MIN_SALT_BYTES = 4;
const MAX_SALT_BYTES = 64;

/** A parsed stored hash. `rounds` is 1 for `sha256`. */
export interface StoredHash {
  readonly scheme: HashScheme;
  readonly rounds: number;
  readonly salt: Buffer;
  readonly checksum: Buffer;
}

const PBKDF2 = /^\$pbkdf2-sha256\$([1-9][0-9]{0,7})\$([A-Za-z0-9./]+)\$([A-Za-z0-9./]{43})$/;
const SHA256 = /^\$fg-sha256\$([A-Za-z0-9./]+)\$([A-Za-z0-9./]{43})$/;

/** Converts a hash to a string: passlib's format for PBKDF2, `$fg-sha256$<salt>$<checksum>` for SHA-256. */
export function toHashText({ scheme, rounds, salt, checksum }: StoredHash): string {
  const rest = `${toAb64(salt)}$${toAb64(checksum)}`;
  return scheme === 'sha256' ? `$fg-sha256$${rest}` : `$pbkdf2-sha256$${rounds}$${rest}`;
}

/**
 * Parses a stored hash. Returns undefined if the scheme is unknown, a length is wrong, or the number of rounds is not
 * 1,000 to 10,000,000. Without these limits, an attacker who can write a row could weaken the verification of a secret,
 * or make the verification hang.
 */
export function parseHash(stored: string): StoredHash | undefined {
  if (stored.length > 256) return undefined;
  const slow = PBKDF2.exec(stored);
  if (slow !== null) return build('pbkdf2-sha256', Number(slow[1]), slow[2], slow[3]);
  const fast = SHA256.exec(stored);
  return fast === null ? undefined : build('sha256', 1, fast[1], fast[2]);
}

function build(scheme: HashScheme, rounds: number, saltText = '', checksumText = ''): StoredHash | undefined {
  const salt = parseAb64(saltText);
  const checksum = parseAb64(checksumText);
  if (salt === undefined || salt.length < MIN_SALT_BYTES || salt.length > MAX_SALT_BYTES) return undefined;
  if (checksum?.length !== CHECKSUM_BYTES) return undefined;
  if (scheme === 'pbkdf2-sha256' && (rounds < MIN_ROUNDS || rounds > MAX_ROUNDS)) return undefined;
  return { scheme, rounds, salt, checksum };
}

/** Encodes bytes as passlib does: base64 without padding, with `.` instead of `+`. */
function toAb64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '').replaceAll('+', '.');
}

function parseAb64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text.replaceAll('.', '+'), 'base64');
  return toAb64(bytes) === text ? bytes : undefined;
}
