import type { JsonObject } from './json-object.js';

/** Header members another issuer may send without our reading them. They name a certificate, never a key we take. */
export const IGNORABLE_HEADER_MEMBERS = ['x5t', 'x5t#S256'] as const;

export type IgnorableHeaderMember = (typeof IGNORABLE_HEADER_MEMBERS)[number];

/** What an issuer's tokens have in their header. */
export interface HeaderRules {
  /** `typ` values, normalized by {@link normalizeType}; an empty text stands for a token without `typ`. */
  readonly types: ReadonlySet<string> | 'any';
  readonly ignoredMembers: ReadonlySet<string>;
}

/** The header of a token, as far as anything in it counts. */
export interface TokenHeader {
  readonly alg: string;
  readonly kid: string;
}

const MAX_TEXT_CHARACTERS = 256;

/**
 * Reads the header: `alg`, `typ` and `kid`, and nothing else.
 *
 * `crit`, `b64`, `zip`, `jku`, `jwk`, `x5u` and `x5c` are among what is refused: none of them may steer a verifier.
 *
 * @returns the header, or what is wrong with it.
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

/** Media types have no letter case, and `application/` may be left out. @see RFC 7515 §4.1.9 */
export function normalizeType(typ: string): string {
  const lower = typ.toLowerCase();
  return lower.startsWith('application/') ? lower.slice('application/'.length) : lower;
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_CHARACTERS;
}
