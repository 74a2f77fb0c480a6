/**
 * Returns the detail of a refusal for missing permissions: their names, and whether the caller has no access to the
 * organization at all.
 *
 * @example
 * describeMissing(['dr.list'], true); // 'missing permission: dr.list'
 */
export function describeMissing(missing: readonly string[], hasAccess: boolean): string {
  const names = `missing permission: ${missing.join(', ')}`;
  return hasAccess ? names : `${names}; the credential gives no access to this organization`;
}
