import type { TokenKey } from './foreign/algorithms.js';
import type { SplitToken } from './text/decode.js';
import type { TokenHeader } from './text/header.js';

/** The parts of a token that are needed to verify its signature. */
export type SignedText = Pick<SplitToken, 'text' | 'signature'>;

/** Function that returns true if this key signed the token. The length of the signature has already been checked. */
export type SignatureTest = (token: SignedText, key: TokenKey) => boolean | Promise<boolean>;

/**
 * Returns why this key cannot have signed the token: the token's header names another algorithm or another key id, or
 * the token's signature has the wrong length. Returns undefined if only the signature remains to be verified.
 *
 * The key determines the algorithm. The algorithm in the header is only compared with the key's algorithm.
 *
 * @see RFC 7515 §5.2, RFC 8725 §3.1
 */
export function keyFlaw(
  { token, header: { alg, kid } }: { readonly token: SignedText; readonly header: TokenHeader },
  key: TokenKey,
): 'alg' | 'signature' | undefined {
  if (alg !== key.algorithm || kid !== key.kid) return 'alg';
  // For a signature of the wrong length, libraries throw instead of refusing it.
  return token.signature.length === key.signatureBytes ? undefined : 'signature';
}
