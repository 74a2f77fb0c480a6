import { createHash } from 'node:crypto';
import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { MembershipRow } from '../../store/rows.js';

/**
 * The version a caller has seen. `*` means any existing version, {@link ABSENT} means that nothing exists yet,
 * undefined skips the check.
 */
export type ExpectedVersion = string | undefined;

/** Expects that nothing exists yet. No version contains a space. */
export const ABSENT = 'no version';

/** A change that applies only to the version the caller has seen. */
export interface Conditional {
  /**
   * Version the caller has seen. Another one is refused with `ERR_ETAG_MISMATCH`.
   *
   * @default any version
   */
  readonly version?: ExpectedVersion;
}

/** Refuses if the current version is not the one the caller has seen. */
export function checkVersion(current: string | number | undefined, expected: ExpectedVersion): Outcome<undefined> {
  if (expected === undefined) return allow(undefined);
  if (expected === ABSENT) {
    return current === undefined ? allow(undefined) : deny('ERR_ETAG_MISMATCH', { detail: 'it must not exist yet' });
  }
  const met = current !== undefined && (expected === '*' || String(current) === expected);
  return met ? allow(undefined) : deny('ERR_ETAG_MISMATCH');
}

/** Returns a version computed from the contents, for rows without a version counter. Do not include withheld values. */
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
