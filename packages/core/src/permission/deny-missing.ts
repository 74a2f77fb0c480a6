import type { Denial } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';

/**
 * Returns the denial for missing permissions. The detail of the denial names the permissions. If the caller has no
 * access to the organization at all, the detail says this as well.
 *
 * @example
 * denyMissing(['dr.list'], true).detail; // 'missing permission: dr.list'
 */
export function denyMissing(missing: readonly string[], hasAccess: boolean): Denial {
  const names = `missing permission: ${missing.join(', ')}`;
  const detail = hasAccess ? names : `${names}; the credential gives no access to this organization`;
  return deny('ERR_PERMISSION_MISSING', { detail, members: { missing } });
}
