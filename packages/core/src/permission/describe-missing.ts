/**
 * Returns the `detail` of a denial for missing permissions: their names, and a note if the caller has no access to the
 * organization at all.
 *
 * @example
 * describeMissing(['dr.list'], true); // 'missing permission: dr.list'
 */
export function describeMissing(missing: readonly string[], hasAccess: boolean): string {
  const names = `missing permission: ${missing.join(', ')}`;
  return hasAccess ? names : `${names}; the credential gives no access to this organization`;
}
