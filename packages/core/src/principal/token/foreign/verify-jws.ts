import { allow, type Outcome } from '../../../denial/denial.js';
import { deny } from '../../../denial/denial-table.js';
import { splitToken } from '../text/decode.js';
import { readHeader } from '../text/header.js';
import type { TokenKey } from './algorithms.js';
import { staticKeys } from './key-set.js';
import { signatureFlaw } from './signature.js';

const RULES = { types: 'any', ignoredMembers: new Set<string>() } as const;

/**
 * Verifies form, header, key and signature of a compact JWS as strictly as those of a token, and returns its payload.
 *
 * The payload can be anything except empty. Audience and expiry are **not** checked, so do not use this for access
 * tokens; use {@link createTokenVerifier}. The caller must limit the size.
 *
 * @throws OptionError if the keys cannot be combined.
 * @see RFC 7515 §5.2
 */
export function verifyJws(text: string, keys: readonly TokenKey[]): Outcome<Buffer> {
  const source = staticKeys(keys);
  const split = splitToken(text);
  if (typeof split === 'string') return refuse(split);
  if (split.payload.length === 0) return refuse('no payload');
  const header = readHeader(split.header, RULES);
  if (typeof header === 'string') return refuse(header);
  const key = source.find(header.kid);
  if (key === undefined) return refuse('unknown key');
  const flaw = signatureFlaw(split, header, key);
  return flaw === undefined ? allow(split.payload) : refuse(flaw);
}

function refuse(reason: string) {
  return deny('ERR_TOKEN_INVALID', { reason: `signature: ${reason}` });
}
