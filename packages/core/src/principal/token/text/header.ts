import type { JsonObject } from './json-object.js';

/**
 * Header members of other issuers that can be ignored. `x5t` and `x5t#S256` name a certificate, which is never used as a
 * key; Clerk writes `cat` into every token, and no standard gives it a meaning.
 */
export const IGNORABLE_HEADER_MEMBERS = ['x5t', 'x5t#S256', 'cat'] as const;

/** A header member that can be ignored. */
export type IgnorableHeaderMember = (typeof IGNORABLE_HEADER_MEMBERS)[number];

/** Rules for the header of an issuer's tokens. */
export interface HeaderRules {
  /** Accepted `typ` values, normalized by {@link normalizeType}. An empty text accepts tokens without `typ`. */
  readonly types: ReadonlySet<string> | 'any';
  readonly ignoredMembers: ReadonlySet<string>;
}

/** The header members of a token that are used. */
export interface TokenHeader {
  readonly alg: string;
  readonly kid: string;
}

const MAX_TEXT_CHARACTERS = 256;

/**
 * Reads the header. Only `alg`, `typ` and `kid` are allowed, and members that the rules ignore.
 *
 * `crit`, `b64`, `zip`, `jku`, `jwk`, `x5u` and `x5c` are refused, because a token must not control its verification.
 *
 * @returns the header, or the name of its problem.
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

/** Normalizes a media type: case is ignored, and `application/` is optional. @see RFC 7515 §4.1.9 */
export function normalizeType(typ: string): string {
  const lower = typ.toLowerCase();
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower;
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_CHARACTERS;
}
