import jsonwebtoken from 'jsonwebtoken';
import type { TokenKey } from './algorithms.js';

/**
 * Tells whether the signature of a token holds under a key, by the key's algorithm.
 *
 * The token must have been taken apart strictly before, which gave the length of its signature. Judges no claim.
 */
export function signatureHolds(text: string, signatureBytes: number, key: TokenKey): boolean {
  // Of another length it is none, and would be a TypeError below rather than a refusal.
  if (signatureBytes !== key.signatureBytes) return false;
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
