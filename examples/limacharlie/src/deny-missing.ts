import { type Denial, deny } from '@flairgate/core';

/** Creates the refusal for missing permissions, in the words of Flairgate's own routes. */
export function denyMissing(missing: readonly string[], hasAccess: boolean): Denial {
  const names = `missing permission: ${missing.join(', ')}`;
  const detail = hasAccess ? names : `${names}; the credential gives no access to this organization`;
  return deny('ERR_PERMISSION_MISSING', { detail, members: { missing } });
}
