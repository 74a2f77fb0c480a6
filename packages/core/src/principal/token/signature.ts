import jsonwebtoken from 'jsonwebtoken';
import type { TokenKey } from './algorithms.js';
import type { TokenHeader } from './header.js';

/**
 * Says why a token is not signed by a key: its header names another algorithm or key, or the signature is wrong.
 *
 * The text must have been taken apart strictly before, which gave the length of its signature. Judges no claim.
 */
export function signatureFlaw(
  text: string,
  { header, signatureBytes }: { readonly header: TokenHeader; readonly signatureBytes: number },
  key: TokenKey,
): 'alg' | 'signature' | undefined {
  if (header.alg !== key.algorithm || header.kid !== key.kid) return 'alg';
  // A signature of another length is none, and would be a TypeError below rather than a refusal.
  return signatureBytes === key.signatureBytes && holds(text, key) ? undefined : 'signature';
}

function holds(text: string, { algorithm, key }: TokenKey): boolean {
  try {
    jsonwebtoken.verify(text, key, { algorithms: [algorithm], ignoreExpiration: true, ignoreNotBefore: true });
    return true;
  } catch (error) {
    if (error instanceof jsonwebtoken.JsonWebTokenError) return false;
    throw error;
  }
}
