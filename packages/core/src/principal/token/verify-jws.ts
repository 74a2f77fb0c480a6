import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { keyFlaw, type SignatureTest } from './check-signature.js';
import type { TokenKey } from './foreign/algorithms.js';
import { staticKeys } from './foreign/key-set.js';
import { splitToken } from './text/decode.js';
import { readHeader } from './text/header.js';

const RULES = { types: 'any', ignoredMembers: new Set<string>() } as const;

/**
 * Verifies a compact JWS and returns its payload. The format, header, key and signature of the JWS are checked as
 * strictly as those of a token.
 *
 * The payload may be any bytes, but not empty. Audience and expiry are **not** checked, so do not use this function for
 * access tokens. For access tokens, use {@link createTokenVerifier}. The caller must limit the size.
 *
 * Rejects with OptionError if the keys cannot be combined.
 * @see RFC 7515 §5.2
 */
export async function verifyJws(
  text: string,
  keys: readonly TokenKey[],
  isSignature: SignatureTest,
): Promise<Outcome<Buffer>> {
  const source = staticKeys(keys);
  const token = splitToken(text);
  if (typeof token === 'string') return denySignature(token);
  if (token.payload.length === 0) return denySignature('no payload');
  const header = readHeader(token.header, RULES);
  if (typeof header === 'string') return denySignature(header);
  const key = source.find(header.kid, header.alg);
  if (key === undefined) return denySignature('unknown key');
  const flaw = keyFlaw({ token, header }, key);
  if (flaw !== undefined) return denySignature(flaw);
  return (await isSignature(token, key)) ? allow(token.payload) : denySignature('signature');
}

function denySignature(reason: string) {
  return deny('ERR_TOKEN_INVALID', { reason: `signature: ${reason}` });
}
