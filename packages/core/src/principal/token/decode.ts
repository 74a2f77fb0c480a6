import { decodeBase64url, decodedLength, isCanonicalBase64url } from './base64url.js';
import { type JsonObject, parseJsonObject } from './json-object.js';

/** A compact JWS taken apart. Nothing of it is verified. */
export interface SplitToken {
  readonly header: JsonObject;
  readonly payload: Buffer;
  readonly signatureBytes: number;
}

/** A token taken apart, its payload parsed. Nothing of it is verified. */
export interface DecodedToken extends Omit<SplitToken, 'payload'> {
  readonly payload: JsonObject;
}

/** Why a text is no token, for the audit. */
export type DecodeFlaw = 'not three parts' | 'base64url' | 'header' | 'payload';

/**
 * Takes a token apart: a compact JWS whose payload is a JSON object.
 *
 * Does not verify the signature, nor judge any member. The caller bounds the size.
 *
 * @see RFC 7519 §7.2
 */
export function decodeToken(text: string): DecodedToken | DecodeFlaw {
  const split = splitToken(text);
  if (typeof split === 'string') return split;
  const payload = parseJsonObject(split.payload);
  return payload === undefined ? 'payload' : { ...split, payload };
}

/**
 * Takes a compact JWS apart: three parts of canonical base64url, the first a JSON object, the last not empty.
 *
 * @see RFC 7515 §3.1, §5.2
 */
export function splitToken(text: string): SplitToken | DecodeFlaw {
  const first = text.indexOf('.');
  const second = text.indexOf('.', first + 1);
  if (first === -1 || second === -1 || text.includes('.', second + 1)) return 'not three parts';
  const signature = text.slice(second + 1);
  const headerBytes = decodeBase64url(text.slice(0, first));
  const payload = decodeBase64url(text.slice(first + 1, second));
  if (headerBytes === undefined || payload === undefined || !isCanonicalBase64url(signature)) return 'base64url';
  const header = parseJsonObject(headerBytes);
  return header === undefined ? 'header' : { header, payload, signatureBytes: decodedLength(signature.length) };
}
