import type { JsonObject } from './json-object.js';

/**
 * Header members that may be ignored in tokens from external issuers. `x5t` and `x5t#S256` identify a certificate,
 * which is never used as a key. The provider Clerk writes `cat` into every token, and no standard defines it.
 */
export const IGNORABLE_HEADER_MEMBERS = ['x5t', 'x5t#S256', 'cat'] as const;

/** A header member that may be ignored. */
export type IgnorableHeaderMember = (typeof IGNORABLE_HEADER_MEMBERS)[number];

/** Rules for the headers of an issuer's tokens. */
export interface HeaderRules {
  /** Accepted `typ` values, normalized by {@link normalizeType}. An empty string accepts tokens without `typ`. */
  readonly types: ReadonlySet<string> | 'any';
  readonly ignoredMembers: ReadonlySet<string>;
}

/** The header members that verification uses. */
export interface TokenHeader {
  readonly alg: string;
  readonly kid: string;
}

const MAX_TEXT_CHARACTERS = 256;

/**
 * Reads the header of a token. Only `alg`, `typ`, `kid` and the members in `ignoredMembers` are allowed.
 *
 * `crit`, `b64`, `zip`, `jku`, `jwk`, `x5u` and `x5c` are refused, because a token must not control how it is verified.
 *
 * @returns the header, or the name of the invalid part.
 * @see RFC 7515 §4.1, RFC 9068 §4
 */
export function readHeader(header: JsonObject, rules: HeaderRules): TokenHeader | string {
  for (const name of Object.keys(header)) {
    if (name !== 'alg' && name !== 'typ' && name !== 'kid' && !rules.ignoredMembers.has(name)) return 'header member';
  }
  const { alg, typ, kid } = header;
  if (!isShortText(alg)) return 'alg';
  if (!isShortText(kid)) return 'kid';
  if (typ !== undefined && !isShortText(typ)) return 'typ';
  const { types } = rules;
  return types === 'any' || types.has(typ === undefined ? '' : normalizeType(typ)) ? { alg, kid } : 'typ';
}

/** Normalizes a media type to lower case without `application/`. @see RFC 7515 §4.1.9 */
export function normalizeType(typ: string): string {
  const lower = typ.toLowerCase();
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower;
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_CHARACTERS;
}
