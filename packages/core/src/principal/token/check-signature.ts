import type { TokenKey } from './foreign/algorithms.js';
import type { SplitToken } from './text/decode.js';
import type { TokenHeader } from './text/header.js';

/** The parts of a token that a signature is about. */
export type SignedText = Pick<SplitToken, 'text' | 'signature'>;

/** True if a signature, whose length is right for the key, is one of that key over the text of the token. */
export type SignatureTest = (token: SignedText, key: TokenKey) => boolean | Promise<boolean>;

/**
 * Returns why a token cannot be signed by a key: its header names a different algorithm or key, or its signature has
 * another length. Returns undefined if only the signature is left to verify.
 *
 * The algorithm is that of the key; the one in the header is only compared with it.
 *
 * @see RFC 7515 §5.2, RFC 8725 §3.1
 */
export function keyFlaw(
  { token, header: { alg, kid } }: { readonly token: SignedText; readonly header: TokenHeader },
  key: TokenKey,
): 'alg' | 'signature' | undefined {
  if (alg !== key.algorithm || kid !== key.kid) return 'alg';
  // Libraries throw for a signature of a different length, instead of refusing it.
  return token.signature.length === key.signatureBytes ? undefined : 'signature';
}
