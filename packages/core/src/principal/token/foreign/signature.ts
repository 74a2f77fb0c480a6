import type { SplitToken } from '../text/decode.js';
import type { TokenHeader } from '../text/header.js';
import { algorithms, type TokenKey } from './algorithms.js';

/**
 * Says why a token is not signed by a key: its header names another algorithm or key, or the signature is wrong.
 *
 * Judges no claim. The algorithm is the key's: the header's is only compared with it.
 *
 * @see RFC 7515 §5.2, RFC 8725 §3.1
 */
export function signatureFlaw(
  { signed, signature }: Pick<SplitToken, 'signed' | 'signature'>,
  { alg, kid }: TokenHeader,
  { algorithm, key, kid: keyId, signatureBytes }: TokenKey,
): 'alg' | 'signature' | undefined {
  if (alg !== algorithm || kid !== keyId) return 'alg';
  // A signature of another length is none, and would be a TypeError below rather than a refusal.
  if (signature.length !== signatureBytes) return 'signature';
  return algorithms[algorithm].holds(signed, signature, key) ? undefined : 'signature';
}
