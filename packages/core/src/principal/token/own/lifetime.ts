import { allow, type Outcome } from '../../../denial/denial.js';
import { deny } from '../../../denial/denial-table.js';
import { denyIssues } from '../../../denial/issue.js';

/** Numbers from here on are unix times, smaller ones are seconds from now. */
const FIRST_UNIX_TIME = 1_000_000_000;

const DEFAULT_SECONDS = 3600;

/** What decides how long a token lives. */
export interface LifetimeInput {
  /** What the caller asked for: a unix time (from 10^9 on) or a number of seconds. Absent: one hour. */
  readonly expiry?: number | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly maxTokenSeconds: number;
  /** When the key or its secret ends, in milliseconds; null = never. */
  readonly keyExpiresAt: number | null;
}

/**
 * Computes `exp` in seconds since 1970: what was asked for, cut to `maxTokenSeconds` and to the end of the key.
 *
 * A time that is past, zero, negative or no integer is refused with `ERR_VALIDATION`; a key about to end with
 * `ERR_KEY_INVALID`.
 */
export function tokenLifetime({ expiry, now, maxTokenSeconds, keyExpiresAt }: LifetimeInput): Outcome<number> {
  const nowSeconds = Math.floor(now / 1000);
  if (expiry !== undefined && (!Number.isSafeInteger(expiry) || expiry <= 0)) return denyExpiry();
  const wanted = expiry === undefined ? nowSeconds + DEFAULT_SECONDS : asUnixTime(expiry, nowSeconds);
  if (wanted <= nowSeconds) return denyExpiry();
  const keyEnd = keyExpiresAt === null ? Number.POSITIVE_INFINITY : Math.floor(keyExpiresAt / 1000);
  const expiresAt = Math.min(wanted, nowSeconds + maxTokenSeconds, keyEnd);
  return expiresAt > nowSeconds ? allow(expiresAt) : deny('ERR_KEY_INVALID', { reason: 'key expired' });
}

function asUnixTime(expiry: number, nowSeconds: number): number {
  return expiry >= FIRST_UNIX_TIME ? expiry : nowSeconds + expiry;
}

function denyExpiry() {
  return denyIssues([{ field: 'expiry', message: 'send a unix time in the future, or a number of seconds from now' }]);
}
