import { allow, deny, type Outcome, type Principal } from '@flairgate/core';
import type { Asking } from './objects.js';

/** Takes down who asks for objects of a kind; a route that needs a permission has judged that already. */
export function askingOf(caller: Principal | undefined, oid: string, kind: string): Outcome<Asking> {
  const view = caller?.in(oid);
  if (caller === undefined || view === undefined) return deny('ERR_PERMISSION_MISSING', { members: { missing: [] } });
  return allow({ caller: view, ident: caller.ident, kind });
}
