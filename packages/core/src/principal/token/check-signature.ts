import type { TokenKey } from './foreign/algorithms.js';
import type { SplitToken } from './text/decode.js';
import type { TokenHeader } from './text/header.js';

/** The parts of a token that a signature is about. */
export type SignedText = Pick<SplitToken, 'text' | 'signature'>;

/** True if a signature, whose length is right for the key, is one of that key over the text of the token. */
export type SignatureTest = (token: SignedText, key: TokenKey) => boolean;

/**
 * Returns why a token is not signed by a key: its header names a different algorithm or key, or its signature is
 * invalid. Returns undefined if it is valid.
 *
 * Checks no claims. The algorithm is that of the key; the one in the header is only compared with it.
 *
 * @see RFC 7515 §5.2, RFC 8725 §3.1
 */
export function signatureFlaw(
  { token, header: { alg, kid } }: { readonly token: SignedText; readonly header: TokenHeader },
  key: TokenKey,
  isSignature: SignatureTest,
): 'alg' | 'signature' | undefined {
  if (alg !== key.algorithm || kid !== key.kid) return 'alg';
  // Libraries throw for a signature of a different length, instead of refusing it.
  if (token.signature.length !== key.signatureBytes) return 'signature';
  return isSignature(token, key) ? undefined : 'signature';
}
