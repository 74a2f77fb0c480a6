import { limits } from '../../../bounds.js';
import { allow, type Outcome } from '../../../denial/denial.js';
import { denyIssues } from '../../../denial/issue.js';
import { isNoKey, MIN_KEY_CHARACTERS } from '../text.js';

/**
 * Minimum estimated entropy, in bits. Of random 20-character secrets, 1 in 20,000 falls below this minimum by chance.
 */
const MIN_ESTIMATED_BITS = 48;

/**
 * Checks a custom or imported secret. Refuses a weak secret with `ERR_VALIDATION`. A secret is weak if it is too short,
 * has too few different characters, or consists of a run such as `abcdef` or of repetitions. The refusal contains no
 * part of the secret.
 *
 * The check estimates the secret's entropy. The estimate is an upper bound, so an accepted secret may still be
 * guessable. Accepted secrets are therefore hashed with PBKDF2, a slow hash.
 *
 * @see NIST SP 800-63B §5.1.2.2, OWASP ASVS 5.0 V6.5.2
 */
export function checkChosenSecret(text: string, field = 'secret'): Outcome<string> {
  if (!/^[\x21-\x7e]+$/.test(text)) return weak(field, 'must be visible ASCII characters, without spaces');
  if (text.length < MIN_KEY_CHARACTERS || text.length > limits.secret) {
    return weak(field, `must have ${MIN_KEY_CHARACTERS} to ${limits.secret} characters`);
  }
  if (isNoKey(text)) return weak(field, 'must not look like a key that Flairgate generates');
  if (estimatedBits(text) < MIN_ESTIMATED_BITS) return weak(field, 'must be harder to guess; use random characters');
  return allow(text);
}

function weak(field: string, message: string): Outcome<never> {
  return denyIssues([{ field, message }]);
}

/**
 * Estimates the Shannon entropy of the characters. A repeated block counts once. A character does not count if it
 * equals the preceding character, or directly follows or precedes that character in the alphabet, as in `abc` or `cba`.
 */
function estimatedBits(text: string): number {
  const codes = Array.from(text.replaceAll(/(.{4,}?)\1+/g, '$1'), (character) => character.charCodeAt(0));
  const surprising = codes.filter((code, at) => Math.abs(code - (codes[at - 1] ?? Number.NaN)) > 1 || at === 0);
  const counts = new Map<number, number>();
  for (const code of surprising) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts.values()].reduce((bits, count) => bits - count * Math.log2(count / surprising.length), 0);
}
