import jsonwebtoken from 'jsonwebtoken';
import type { SignedText } from '../check-signature.js';
import { OWN_ALGORITHMS, type TokenKey } from '../foreign/algorithms.js';

/**
 * True if jsonwebtoken verifies the signature of this Flairgate instance's token with this key.
 *
 * Only the result of the verification is used. The header and claims that the library returns are ignored, because it
 * accepts ambiguous tokens. The caller must parse the token strictly first, and check times with its own clock.
 *
 * @throws any error of the library other than a failed verification.
 */
export function isOwnSignature({ text }: Pick<SignedText, 'text'>, { algorithm, key }: TokenKey): boolean {
  const own = OWN_ALGORITHMS.find((name) => name === algorithm);
  if (own === undefined) return false;
  try {
    jsonwebtoken.verify(text, key, { algorithms: [own], ignoreExpiration: true, ignoreNotBefore: true });
    return true;
  } catch (error) {
    // The library also throws a SyntaxError if the payload is not JSON.
    if (error instanceof jsonwebtoken.JsonWebTokenError || error instanceof SyntaxError) return false;
    throw error;
  }
}
