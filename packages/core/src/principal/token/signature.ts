import jsonwebtoken from 'jsonwebtoken';
import type { TokenKey } from './algorithms.js';

/**
 * Tells whether the signature of a token holds under a key, by the key's algorithm.
 *
 * The token must have been decoded strictly before. Judges no claim.
 */
export function signatureHolds(text: string, key: TokenKey): boolean {
  try {
    jsonwebtoken.verify(text, key.key, {
      algorithms: [key.algorithm],
      ignoreExpiration: true,
      ignoreNotBefore: true,
    });
    return true;
  } catch (error) {
    if (error instanceof jsonwebtoken.JsonWebTokenError) return false;
    throw error;
  }
}
