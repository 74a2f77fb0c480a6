import type { JsonObject } from './json-object.js';

/** Claims that may contain the audience of a token. */
export const AUDIENCE_CLAIMS = ['aud', 'client_id', 'azp', 'iss'] as const;

/** Claim that contains the audience of a token. */
export type AudienceClaim = (typeof AUDIENCE_CLAIMS)[number];

/** Rules for the registered claims in an issuer's tokens. Durations are in seconds. */
export interface RegisteredClaimRules {
  readonly issuer: string;
  readonly audience: ReadonlySet<string>;
  /** Claim that contains the audience. This is `aud`, except for an issuer whose tokens have no `aud`. */
  readonly audienceClaim: AudienceClaim;
  /**
   * Protected resources that may be the audience of a token, in addition to `audience`. A token for one of these
   * resources is valid only for that resource.
   */
  readonly resources: ReadonlySet<string>;
  readonly requireJti: boolean;
  readonly maxTokenSeconds: number;
  readonly clockToleranceSeconds: number;
}

/** The registered claims of a token. Times are in seconds since the Unix epoch. */
export interface RegisteredClaims {
  readonly issuer: string;
  readonly subject: string;
  /** The claim `jti`. Undefined if the token has no `jti` and none is required. */
  readonly tokenId: string | undefined;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /**
   * Audience of the token. Absent if there are no protected resources, because every accepted token is then for this
   * service.
   */
  readonly audience?: TokenAudience;
}

/** Audience of a token: the names in it, and whether one of them is this service. */
export interface TokenAudience {
  readonly names: readonly string[];
  /** False if the token is only for protected resources. */
  readonly isForUs: boolean;
}

const MAX_TEXT_CHARACTERS = 512;
const MAX_AUDIENCES = 64;

/** Matches control characters and lone surrogates, which identifiers must not contain. */
const UNPRINTABLE_CLAIM = /[\p{Cc}\p{Cs}]/u;
/** Matches printable ASCII, which almost every identifier consists of. Checked first, because it takes less time. */
const PRINTABLE_ASCII = /^[ -~]+$/;

/**
 * Checks issuer, audience, subject, id and times of a token whose signature was verified.
 *
 * `exp` has no tolerance. `iat` and `nbf` have the configured tolerance. Strings must match exactly, and times must be
 * integers. A token bound to a key (claim `cnf`) is refused.
 *
 * @returns the claims, or the name of the invalid claim.
 * @see RFC 7519 §4.1, RFC 9068 §4, RFC 7800 §3.1, RFC 9449 §7.2
 */
export function readRegisteredClaims(
  payload: JsonObject,
  rules: RegisteredClaimRules,
  nowMs: number,
): RegisteredClaims | string {
  const { iss, sub, jti, iat, exp } = payload;
  if (iss !== rules.issuer) return 'iss';
  // A token bound to a key (DPoP, mutual TLS) must come with a proof of that key, and no such proof is checked here.
  if (payload.cnf !== undefined) return 'cnf';
  const audience = matchAudience(payload, rules);
  if (typeof audience === 'string') return audience;
  if (!isIdentifier(sub)) return 'sub';
  if (jti === undefined ? rules.requireJti : !isIdentifier(jti)) return 'jti';
  if (!isTime(iat)) return 'iat';
  if (!isTime(exp)) return 'exp';
  const flaw = timeFlaw({ iat, exp, nbf: payload.nbf }, rules, nowMs);
  if (flaw !== undefined) return flaw;
  const tokenId = typeof jti === 'string' ? jti : undefined;
  const claims = { issuer: rules.issuer, subject: sub, tokenId, issuedAt: iat, expiresAt: exp };
  return rules.resources.size === 0 ? claims : { ...claims, audience };
}

/** True for a string that may be an identifier: 1 to 512 printable characters. */
export function isIdentifier(value: unknown): value is string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_TEXT_CHARACTERS) return false;
  return PRINTABLE_ASCII.test(value) || !UNPRINTABLE_CLAIM.test(value);
}

/**
 * Returns the audience of a token. If a claim contains neither this service nor one of its protected resources, returns
 * the name of that claim instead.
 */
function matchAudience(
  payload: JsonObject,
  rules: Pick<RegisteredClaimRules, 'audience' | 'audienceClaim' | 'resources'>,
): TokenAudience | string {
  const { audienceClaim } = rules;
  const claimed = findAudience(payload[audienceClaim], rules);
  if (claimed === undefined || audienceClaim === 'aud' || payload.aud === undefined) return claimed ?? audienceClaim;
  // If the token has `aud` in addition to this claim, `aud` must contain this service as well.
  return findAudience(payload.aud, rules) ?? 'aud';
}

function findAudience(
  aud: unknown,
  { audience, resources }: Pick<RegisteredClaimRules, 'audience' | 'resources'>,
): TokenAudience | undefined {
  const names: unknown = typeof aud === 'string' ? [aud] : aud;
  if (!Array.isArray(names) || names.length > MAX_AUDIENCES || !names.every(isIdentifier)) return undefined;
  const isForUs = names.some((name) => audience.has(name));
  return isForUs || names.some((name) => resources.has(name)) ? { names, isForUs } : undefined;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function timeFlaw(
  { iat, exp, nbf }: { readonly iat: number; readonly exp: number; readonly nbf: unknown },
  { clockToleranceSeconds, maxTokenSeconds }: RegisteredClaimRules,
  nowMs: number,
): string | undefined {
  // If the clock returned NaN, every comparison below would be false.
  if (!Number.isFinite(nowMs)) return 'clock';
  const now = nowMs / 1000;
  if (exp <= now) return 'expired';
  if (iat > now + clockToleranceSeconds) return 'issued in the future';
  if (exp <= iat || exp - iat > maxTokenSeconds) return 'lifetime';
  if (nbf === undefined) return undefined;
  if (!isTime(nbf)) return 'nbf';
  return nbf > now + clockToleranceSeconds ? 'not yet valid' : undefined;
}
