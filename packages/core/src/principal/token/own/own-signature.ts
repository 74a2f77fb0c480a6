import jsonwebtoken, { type VerifyOptions } from 'jsonwebtoken';
import type { SignedText } from '../check-signature.js';
import { OWN_ALGORITHMS, type TokenKey } from '../foreign/algorithms.js';

/** Options of jsonwebtoken, by the algorithm of the key. */
const OPTIONS: ReadonlyMap<string, VerifyOptions> = new Map(
  OWN_ALGORITHMS.map((name) => [name, { algorithms: [name], ignoreExpiration: true, ignoreNotBefore: true }]),
);

/**
 * True if jsonwebtoken verifies, with this key, the signature of a token that this Flairgate instance issued.
 *
 * Only the result of the verification is used. The header and claims that the library returns are ignored, because
 * jsonwebtoken accepts ambiguous tokens. The caller must parse the token strictly first, and check the token's times
 * with its own clock.
 *
 * @throws any error of the library other than a failed verification.
 */
export function isOwnSignature({ text }: Pick<SignedText, 'text'>, { algorithm, key }: TokenKey): boolean {
  const options = OPTIONS.get(algorithm);
  if (options === undefined) return false;
  try {
    jsonwebtoken.verify(text, key, options);
    return true;
  } catch (error) {
    // The library also throws a SyntaxError if the payload is not JSON.
    if (error instanceof jsonwebtoken.JsonWebTokenError || error instanceof SyntaxError) return false;
    throw error;
  }
}
