import { decodeBase64url, decodedLength, isCanonicalBase64url } from './base64url.js';
import { type JsonObject, parseJsonObject } from './json-object.js';

/** A token taken apart. Nothing of it is verified. */
export interface DecodedToken {
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly signatureBytes: number;
}

/** Why a text is no token, for the audit. */
export type DecodeFlaw = 'not three parts' | 'base64url' | 'header' | 'payload';

/**
 * Takes a compact JWS apart: three parts of canonical base64url, the first two JSON objects, the last not empty.
 *
 * Does not verify the signature, nor judge any member. The caller bounds the size.
 *
 * @see RFC 7515 §3.1, §5.2
 */
export function decodeToken(text: string): DecodedToken | DecodeFlaw {
  const first = text.indexOf('.');
  const second = text.indexOf('.', first + 1);
  if (first === -1 || second === -1 || text.includes('.', second + 1)) return 'not three parts';
  const signature = text.slice(second + 1);
  const header = decodeBase64url(text.slice(0, first));
  const payload = decodeBase64url(text.slice(first + 1, second));
  if (header === undefined || payload === undefined || !isCanonicalBase64url(signature)) return 'base64url';
  const headerMembers = parseJsonObject(header);
  if (headerMembers === undefined) return 'header';
  const members = parseJsonObject(payload);
  if (members === undefined) return 'payload';
  return { header: headerMembers, payload: members, signatureBytes: decodedLength(signature.length) };
}
