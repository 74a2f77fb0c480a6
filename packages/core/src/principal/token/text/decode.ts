import { LRUCache } from 'lru-cache';
import { decodeBase64url } from './base64url.js';
import { type JsonObject, parseJsonObject } from './json-object.js';

/** The decoded parts of a compact JWS. Nothing is verified. */
export interface SplitToken {
  readonly header: JsonObject;
  readonly payload: Buffer;
  readonly signature: Buffer;
  /** The whole token, as it was sent. */
  readonly text: string;
}

/** The decoded parts of a token, with a parsed payload. Nothing is verified. */
export interface DecodedToken extends Omit<SplitToken, 'payload'> {
  readonly payload: JsonObject;
}

/** Reason why a string is not a token, for the audit log. */
export type DecodeFlaw = 'not three parts' | 'base64url' | 'header' | 'payload';

/**
 * Decodes a token: a compact JWS whose payload is a JSON object.
 *
 * Does not verify the signature or check any header member or claim. The caller must limit the size.
 *
 * @see RFC 7519 §7.2
 */
export function decodeToken(text: string, readHeaderPart: ReadHeaderPart = parseHeaderPart): DecodedToken | DecodeFlaw {
  const split = splitToken(text, readHeaderPart);
  if (typeof split === 'string') return split;
  const { header, signature } = split;
  const payload = parseJsonObject(split.payload);
  return payload === undefined ? 'payload' : { header, payload, signature, text };
}

/**
 * Splits a compact JWS into three parts of canonical base64url. The first part must be a JSON object, and the last part
 * must not be empty.
 *
 * @see RFC 7515 §3.1, §5.2
 */
export function splitToken(text: string, readHeaderPart: ReadHeaderPart = parseHeaderPart): SplitToken | DecodeFlaw {
  const first = text.indexOf('.');
  const second = text.indexOf('.', first + 1);
  if (first === -1 || second === -1 || text.includes('.', second + 1)) return 'not three parts';
  const header = readHeaderPart(text.slice(0, first));
  const payload = decodeBase64url(text.slice(first + 1, second));
  const signature = decodeBase64url(text.slice(second + 1));
  if (payload === undefined || signature === undefined || signature.length === 0) return 'base64url';
  if (typeof header === 'string') return header;
  return { header, payload, signature, text };
}

/** Function that parses the first part of a token, the header. */
export type ReadHeaderPart = (part: string) => JsonObject | DecodeFlaw;

/**
 * Maximum number of cached headers. An issuer has few keys, and all tokens signed with one key have the same header.
 */
const MAX_HEADERS = 32;

/** Creates a header parser that caches its results. A cached header does not mean that a token is valid. */
export function rememberHeaders(): ReadHeaderPart {
  const known = new LRUCache<string, JsonObject>({ max: MAX_HEADERS });
  // Most tokens have the header of the token before, and this comparison takes a third of the time of the cache.
  let last: { readonly part: string; readonly header: JsonObject } | undefined;
  return (part) => {
    if (part === last?.part) return last.header;
    const seen = known.get(part);
    if (seen !== undefined) return seen;
    const header = parseHeaderPart(part);
    if (typeof header === 'string' || part.length > MAX_HEADER_CHARACTERS) return header;
    // Copied, because a substring would keep the whole token in memory.
    last = { part: Buffer.from(part, 'latin1').toString('latin1'), header: Object.freeze(header) };
    known.set(last.part, last.header);
    return header;
  };
}

/** Maximum length of a cached header, in characters. */
const MAX_HEADER_CHARACTERS = 512;

function parseHeaderPart(part: string): JsonObject | DecodeFlaw {
  const bytes = decodeBase64url(part);
  return bytes === undefined ? 'base64url' : (parseJsonObject(bytes) ?? 'header');
}
