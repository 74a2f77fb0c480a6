import { allow, type Outcome } from '../../../denial/denial.js';
import { deny } from '../../../denial/denial-table.js';
import { denyIssues } from '../../../denial/issue.js';

/** Smallest number that is treated as a Unix time. A smaller number is a number of seconds from now. */
const FIRST_UNIX_TIME = 1_000_000_000;

const DEFAULT_SECONDS = 3600;

/** Values that determine when a token expires. */
export interface LifetimeInput {
  /**
   * Requested expiry: a Unix time (10^9 or more) or a number of seconds from now.
   *
   * @default 3600
   */
  readonly expiry?: number | undefined;
  /** Current time, in milliseconds since the Unix epoch. */
  readonly now: number;
  readonly maxTokenSeconds: number;
  /** Time at which the key or its secret expires, in milliseconds since the Unix epoch. Null if neither expires. */
  readonly keyExpiresAt: number | null;
}

/**
 * Computes a token's `exp`, in seconds since the Unix epoch. The result is the requested expiry, limited by
 * `maxTokenSeconds` and the key's expiry.
 *
 * Refuses an expiry that is zero, negative, in the past or not an integer, with `ERR_VALIDATION`. Refuses a key that
 * expires in less than a second, with `ERR_KEY_INVALID`.
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
  return denyIssues([
    { field: 'expiry', message: 'must be a unix time in the future, or a number of seconds from now' },
  ]);
}
