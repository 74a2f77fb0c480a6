import { limits } from '../bounds.js';
import type { Denial } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import { hasKeyForm } from './key-form.js';

/** The credential of a request. */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'api-key'; readonly text: string }
  | { readonly kind: 'bearer'; readonly text: string };

/** Options of {@link readCredential}. */
export interface ReadCredentialOptions {
  /**
   * Maximum size of a bearer token, in bytes.
   *
   * @default 8192
   */
  readonly maxTokenBytes?: number;
  /**
   * Names, in lower case, of headers that may contain an API key in addition to `x-api-key`.
   *
   * @default []
   */
  readonly keyHeaders?: readonly string[];
  /**
   * True to treat a string in `Authorization: Bearer` as an API key if it has the format of an API key.
   *
   * @default false
   */
  readonly bearerKeys?: boolean;
}

const DEFAULT_MAX_TOKEN_BYTES = 8192;

const NO_CREDENTIAL: Credential = Object.freeze({ kind: 'none' });
const DEFAULT_OPTIONS: ReadCredentialOptions = Object.freeze({});
const NOT_BEARER = -1;

/** Denial for a request with two credentials. */
export const AMBIGUOUS = Object.freeze(deny('ERR_CREDENTIAL_AMBIGUOUS'));
const MALFORMED_KEY = Object.freeze(deny('ERR_CREDENTIAL_MALFORMED', { detail: 'the api key is not well formed' }));
const MALFORMED_TOKEN = Object.freeze(
  deny('ERR_CREDENTIAL_MALFORMED', { detail: 'the header must be: Authorization: Bearer <token>' }),
);
const IMPOSSIBLE_KEY = Object.freeze(deny('ERR_KEY_INVALID', { reason: 'api key holds characters no key has' }));

/**
 * Reads the credential of a request: an API key in `x-api-key` or in a header from `keyHeaders`, or a bearer token in
 * `Authorization`.
 *
 * `rawHeaders` is Node's list of alternating names and values. Unlike `req.headers`, it shows that a header was sent
 * twice. An `Authorization` header with a scheme other than `Bearer` is ignored. Only the length and the scheme are
 * checked here. {@link checkCredential} checks the characters of a credential that is not in the cache.
 *
 * Refuses with `ERR_CREDENTIAL_AMBIGUOUS` if a header was sent twice or two credentials were sent, with
 * `ERR_CREDENTIAL_MALFORMED` if the credential is empty or a key is too long, and with `ERR_TOKEN_TOO_LARGE` if a
 * bearer token is longer than `maxTokenBytes`.
 *
 * @see RFC 6750 §2.1, RFC 9110 §5.3
 * @example
 * const credential = readCredential(req.rawHeaders);
 * if ('code' in credential) sendDenial(req, res, credential, { missingPermissionStatus: 401 });
 */
export function readCredential(
  rawHeaders: readonly string[],
  options: ReadCredentialOptions = DEFAULT_OPTIONS,
): Credential | Denial {
  const { keyHeaders } = options;
  let key: string | undefined;
  let authorization: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (isKeyName(name, keyHeaders)) {
      if (key !== undefined) return AMBIGUOUS;
      key = rawHeaders[at + 1] ?? '';
    } else if (isName(name, 'authorization')) {
      if (authorization !== undefined) return AMBIGUOUS;
      authorization = rawHeaders[at + 1] ?? '';
    }
  }
  return choose(key, authorization, options);
}

/**
 * Checks the characters of a credential: a bearer token must be a b64token, and an API key must be visible ASCII.
 *
 * Call this function first for every credential that is not in the cache. A cached credential needs no check, because
 * only checked credentials are cached, under a digest of the whole text.
 *
 * Returns `ERR_CREDENTIAL_MALFORMED` for a token with other characters. Returns `ERR_KEY_INVALID` for a key with other
 * characters, because no such key exists.
 *
 * @see RFC 6750 §2.1
 * @example
 * const credential = readCredential(req.rawHeaders);
 * const denial = 'code' in credential ? credential : checkCredential(credential);
 */
export function checkCredential(credential: Credential): Denial | undefined {
  if (credential.kind === 'bearer') return isB64Token(credential.text) ? undefined : MALFORMED_TOKEN;
  if (credential.kind === 'api-key') return isVisibleAscii(credential.text) ? undefined : IMPOSSIBLE_KEY;
  return undefined;
}

/** True if the string is a b64token, the only format of a bearer token. */
export function isB64Token(text: string): boolean {
  return /^[A-Za-z0-9\-._~+/]+=*$/.test(text);
}

function isVisibleAscii(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}

/** Compares a header name with an expected name. Most names already differ in length, which is fast to compare. */
function isName(name: string, expected: string): boolean {
  return name.length === expected.length && (name === expected || name.toLowerCase() === expected);
}

function isKeyName(name: string, others: readonly string[] | undefined): boolean {
  return isName(name, 'x-api-key') || others?.some((other) => isName(name, other)) === true;
}

function choose(
  key: string | undefined,
  authorization: string | undefined,
  { maxTokenBytes = DEFAULT_MAX_TOKEN_BYTES, bearerKeys }: ReadCredentialOptions,
): Credential | Denial {
  const start = authorization === undefined ? NOT_BEARER : tokenStart(authorization);
  if (key !== undefined) return start === NOT_BEARER ? apiKey(key) : AMBIGUOUS;
  if (authorization === undefined || start === NOT_BEARER) return NO_CREDENTIAL;
  const text = authorization.slice(start);
  return bearerKeys === true && hasKeyForm(text) ? apiKey(text) : bearer(text, maxTokenBytes);
}

function apiKey(text: string): Credential | Denial {
  return text.length === 0 || text.length > limits.secret ? MALFORMED_KEY : { kind: 'api-key', text };
}

/**
 * Creates a bearer credential, or a denial if the token is empty or longer than `limit` bytes. Node decodes headers
 * byte by byte, so the string length is the length in bytes.
 */
function bearer(text: string, limit: number): Credential | Denial {
  if (text.length > limit) return tooLarge(text.length, limit);
  return text.length === 0 ? MALFORMED_TOKEN : { kind: 'bearer', text };
}

function tooLarge(bytes: number, limit: number): Denial {
  return deny('ERR_TOKEN_TOO_LARGE', {
    detail: `the token has ${bytes} bytes, the limit is ${limit}; ask for a token for one organization: add oid`,
    members: { bytes, limit },
  });
}

/**
 * Returns the index at which the token starts, or `NOT_BEARER`. A longer scheme that begins with `bearer`, such as
 * `BearerX`, does not count as `Bearer`.
 */
function tokenStart(authorization: string): number {
  let start = 7;
  if (!authorization.startsWith('Bearer ')) {
    if (!/^bearer(?![\w!#$%&'*+.^`|~-])/i.test(authorization)) return NOT_BEARER;
    start = 6;
  }
  while (authorization.charCodeAt(start) === 0x20) start += 1;
  return start;
}
