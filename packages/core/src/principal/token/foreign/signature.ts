import type { SplitToken } from '../text/decode.js';
import type { TokenHeader } from '../text/header.js';
import { algorithms, type TokenKey } from './algorithms.js';

/**
 * Returns why a token is not signed by a key: its header names a different algorithm or key, or its signature is
 * invalid. Returns undefined if it is valid.
 *
 * Checks no claims. The algorithm is that of the key; the one in the header is only compared with it.
 *
 * @see RFC 7515 §5.2, RFC 8725 §3.1
 */
export function signatureFlaw(
  { signed, signature }: Pick<SplitToken, 'signed' | 'signature'>,
  { alg, kid }: TokenHeader,
  { algorithm, key, kid: keyId, signatureBytes }: TokenKey,
): 'alg' | 'signature' | undefined {
  if (alg !== algorithm || kid !== keyId) return 'alg';
  // A signature of a different length would cause a TypeError below instead of a refusal.
  if (signature.length !== signatureBytes) return 'signature';
  return algorithms[algorithm].holds(signed, signature, key) ? undefined : 'signature';
}
