import { createHash } from 'node:crypto';
import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import type { MembershipRow } from '../../store/rows.js';

/**
 * The version a caller has seen; `*` is any, but one there must be, and {@link ABSENT} is none at all. Undefined: the
 * caller does not ask.
 */
export type ExpectedVersion = string | undefined;

/** Expects that there is nothing yet. No version holds a space. */
export const ABSENT = 'no version';

/** A change that counts only for what the caller has seen. */
export interface Conditional {
  /** Version that the caller has seen; another one is refused with `ERR_ETAG_MISMATCH`. Default: any. */
  readonly version?: ExpectedVersion;
}

/** Refuses when what is there is no longer what the caller has seen. */
export function checkVersion(current: string | number | undefined, expected: ExpectedVersion): Outcome<undefined> {
  if (expected === undefined) return allow(undefined);
  if (expected === ABSENT) {
    return current === undefined ? allow(undefined) : deny('ERR_ETAG_MISMATCH', { detail: 'there is one already' });
  }
  const met = current !== undefined && (expected === '*' || String(current) === expected);
  return met ? allow(undefined) : deny('ERR_ETAG_MISMATCH');
}

/** Names a state by what it consists of; for rows that count no versions. Never of anything that is withheld. */
export function versionOf(...parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
}

/** A membership with the name of its state. */
export interface VersionedMembership extends MembershipRow {
  readonly version: string;
}

export function versionedMembership(row: MembershipRow): VersionedMembership {
  return { ...row, version: versionOf(row.role, [...row.permissions].sort()) };
}
