import { createHash } from 'node:crypto';
import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { MembershipRow } from '../../store/rows.js';

/**
 * Version that the caller expects the object to have. `*` matches any existing version, {@link ABSENT} requires that
 * the object does not exist yet, and undefined skips the check.
 */
export type ExpectedVersion = string | undefined;

/**
 * Expected version of an object that must not exist yet. The value never equals a real version, because no version
 * contains a space.
 */
export const ABSENT = 'no version';

/** A change that is made only if the object still has the version that the caller has seen. */
export interface Conditional {
  /**
   * Version that the caller has seen. If the current version differs, the change is refused with `ERR_ETAG_MISMATCH`.
   *
   * @default any version
   */
  readonly version?: ExpectedVersion;
}

/** Checks that the current version is the expected version. */
export function checkVersion(current: string | number | undefined, expected: ExpectedVersion): Outcome<undefined> {
  if (expected === undefined) return allow(undefined);
  if (expected === ABSENT) {
    return current === undefined ? allow(undefined) : deny('ERR_ETAG_MISMATCH', { detail: 'it must not exist yet' });
  }
  const met = current !== undefined && (expected === '*' || String(current) === expected);
  return met ? allow(undefined) : deny('ERR_ETAG_MISMATCH');
}

/**
 * Returns a version for a row without a version counter. The version is computed from the contents of the object. The
 * contents must not include a value that the caller may not see.
 */
export function versionOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
}

/** A membership with its version. */
export interface VersionedMembership extends MembershipRow {
  readonly version: string;
}

export function versionedMembership(row: MembershipRow): VersionedMembership {
  return { ...row, version: versionOf(row.role, [...row.permissions].sort()) };
}
