import type { JsonObject } from './json-object.js';

/** What an issuer's tokens must say, and how long they may live. Seconds. */
export interface RegisteredClaimRules {
  readonly issuer: string;
  readonly audience: ReadonlySet<string>;
  readonly requireJti: boolean;
  readonly maxTokenSeconds: number;
  readonly clockToleranceSeconds: number;
}

/** The claims every token has. Times are seconds since 1970. */
export interface RegisteredClaims {
  readonly issuer: string;
  readonly subject: string;
  /** `jti`; undefined where the issuer's tokens may lack it. */
  readonly tokenId: string | undefined;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

const MAX_TEXT_CHARACTERS = 512;
const MAX_AUDIENCES = 64;

/** Control characters and halves of surrogate pairs have no place in an identifier. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;

/**
 * Judges issuer, audience, subject, id and times of a token whose signature holds.
 *
 * `exp` has no tolerance; `iat` and `nbf` have the configured one. Nothing counts by being nearly right: texts are
 * compared whole, times are integers.
 *
 * @returns the claims, or the name of the one that is wrong.
 * @see RFC 7519 §4.1, RFC 9068 §4
 */
export function readRegisteredClaims(
  payload: JsonObject,
  rules: RegisteredClaimRules,
  nowMs: number,
): RegisteredClaims | string {
  const { iss, sub, jti, iat, exp } = payload;
  if (iss !== rules.issuer) return 'iss';
  if (!isForUs(payload.aud, rules.audience)) return 'aud';
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
  };
}

/** A text that can name something: not empty, bounded, printable. */
export function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_CHARACTERS && !UNPRINTABLE.test(value);
}

function isForUs(aud: unknown, ours: ReadonlySet<string>): boolean {
  if (typeof aud === 'string') return ours.has(aud);
  if (!Array.isArray(aud) || aud.length > MAX_AUDIENCES || !aud.every(isIdentifier)) return false;
  return aud.some((name) => ours.has(name));
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function timeFlaw(
  { iat, exp, nbf }: { readonly iat: number; readonly exp: number; readonly nbf: unknown },
  { clockToleranceSeconds, maxTokenSeconds }: RegisteredClaimRules,
  nowMs: number,
): string | undefined {
  // A clock that gives no number must not make every comparison false.
  if (!Number.isFinite(nowMs)) return 'clock';
  const now = nowMs / 1000;
  if (exp <= now) return 'expired';
  if (iat > now + clockToleranceSeconds) return 'issued in the future';
  if (exp <= iat || exp - iat > maxTokenSeconds) return 'lifetime';
  if (nbf === undefined) return undefined;
  if (!isTime(nbf)) return 'nbf';
  return nbf > now + clockToleranceSeconds ? 'not yet valid' : undefined;
}
