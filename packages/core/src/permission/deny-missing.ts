import type { Denial } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';

/**
 * Returns the denial for missing permissions. Its detail names the permissions, and says so if the caller has no access
 * to the organization at all.
 *
 * @example
 * denyMissing(['dr.list'], true).detail; // 'missing permission: dr.list'
 */
export function denyMissing(missing: readonly string[], hasAccess: boolean): Denial {
  const names = `missing permission: ${missing.join(', ')}`;
  const detail = hasAccess ? names : `${names}; the credential gives no access to this organization`;
  return deny('ERR_PERMISSION_MISSING', { detail, members: { missing } });
}
