import type { JsonObject } from './json-object.js';

/** Claims that can name the audience of a token. */
export const AUDIENCE_CLAIMS = ['aud', 'client_id', 'azp', 'iss'] as const;

/** Claim that names the audience of a token. */
export type AudienceClaim = (typeof AUDIENCE_CLAIMS)[number];

/** Rules for the registered claims of an issuer's tokens. Durations are seconds. */
export interface RegisteredClaimRules {
  readonly issuer: string;
  readonly audience: ReadonlySet<string>;
  /** Claim that names the audience; `aud` for every issuer that has it. */
  readonly audienceClaim: AudienceClaim;
  /** Protected resources besides `audience`. A token for one of them is valid where that resource is. */
  readonly resources: ReadonlySet<string>;
  readonly requireJti: boolean;
  readonly maxTokenSeconds: number;
  readonly clockToleranceSeconds: number;
}

/** The registered claims of a token. Times are seconds since 1970. */
export interface RegisteredClaims {
  readonly issuer: string;
  readonly subject: string;
  /** The claim `jti`; undefined if it is absent and not required. */
  readonly tokenId: string | undefined;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Audience of the token; absent where there are no protected resources, and the token is for this service. */
  readonly audience?: TokenAudience;
}

/** Audience of a token: its names, and whether one of them is that of this service. */
export interface TokenAudience {
  readonly names: readonly string[];
  /** False if the token is for protected resources only. */
  readonly isForUs: boolean;
}

const MAX_TEXT_CHARACTERS = 512;
const MAX_AUDIENCES = 64;

/** Control characters and halves of surrogate pairs, which identifiers must not contain. */
const UNPRINTABLE_CLAIM = /[\p{Cc}\p{Cs}]/u;

/**
 * Checks issuer, audience, subject, id and times of a token whose signature was verified.
 *
 * `exp` has no tolerance; `iat` and `nbf` have the configured one. Texts must match exactly, and times must be integers.
 * A token that is bound to a key is never a bearer token.
 *
 * @returns the claims, or the name of the invalid one.
 * @see RFC 7519 §4.1, RFC 9068 §4, RFC 7800 §3.1, RFC 9449 §7.2
 */
export function readRegisteredClaims(
  payload: JsonObject,
  rules: RegisteredClaimRules,
  nowMs: number,
): RegisteredClaims | string {
  const { iss, sub, jti, iat, exp } = payload;
  if (iss !== rules.issuer) return 'iss';
  // A token that is bound to a key (DPoP, mutual TLS) proves nothing without it, and no proof is checked here.
  if (payload.cnf !== undefined) return 'cnf';
  const audience = readAudience(payload, rules);
  if (typeof audience === 'string') return audience;
  if (!isIdentifier(sub)) return 'sub';
  if (jti === undefined ? rules.requireJti : !isIdentifier(jti)) return 'jti';
  if (!isTime(iat)) return 'iat';
  if (!isTime(exp)) return 'exp';
  const flaw = timeFlaw({ iat, exp, nbf: payload.nbf }, rules, nowMs);
  if (flaw !== undefined) return flaw;
  return {
    issuer: rules.issuer,
    subject: sub,
    tokenId: typeof jti === 'string' ? jti : undefined,
    issuedAt: iat,
    expiresAt: exp,
    ...(rules.resources.size === 0 ? {} : { audience }),
  };
}

/** True for a text that can be an identifier: 1 to 512 printable characters. */
export function isIdentifier(value: unknown): value is string {
  return (
    typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_CHARACTERS && !UNPRINTABLE_CLAIM.test(value)
  );
}

/** Returns the audience of a token, or the claim that names neither this service nor a resource of it. */
function readAudience(
  payload: JsonObject,
  { audienceClaim, ...ours }: Pick<RegisteredClaimRules, 'audience' | 'audienceClaim' | 'resources'>,
): TokenAudience | string {
  const claimed = findAudience(payload[audienceClaim], ours);
  if (claimed === undefined || audienceClaim === 'aud' || payload.aud === undefined) return claimed ?? audienceClaim;
  // A token that names an audience after all must name this service.
  return findAudience(payload.aud, ours) ?? 'aud';
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
