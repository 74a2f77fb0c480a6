import jsonwebtoken from 'jsonwebtoken';
import type { SignedText } from '../check-signature.js';
import { OWN_ALGORITHMS, type TokenKey } from '../foreign/algorithms.js';

/**
 * True if jsonwebtoken verifies the signature of a token of this Flairgate with this key.
 *
 * The library only answers yes or no. The header and the claims that it returns are ignored, because it accepts texts
 * with more than one reading; the caller parses the text strictly first. Times are checked by the caller's clock.
 *
 * @throws whatever the library throws apart from a refusal.
 */
export function isOwnSignature({ text }: Pick<SignedText, 'text'>, { algorithm, key }: TokenKey): boolean {
  const own = OWN_ALGORITHMS.find((name) => name === algorithm);
  if (own === undefined) return false;
  try {
    jsonwebtoken.verify(text, key, { algorithms: [own], ignoreExpiration: true, ignoreNotBefore: true });
    return true;
  } catch (error) {
    // The library also throws the SyntaxError of a payload that is not JSON.
    if (error instanceof jsonwebtoken.JsonWebTokenError || error instanceof SyntaxError) return false;
    throw error;
  }
}
