import { type Actor, allow, deny, type Outcome } from '@flairgate/core';
import type { Call } from '../route/define-route.js';

/** The caller as the one who gives a command. */
export function actorOf({ caller, address }: Pick<Call<unknown, unknown>, 'caller' | 'address'>): Outcome<Actor> {
  if (caller === undefined) return deny('ERR_CREDENTIAL_MISSING');
  return allow({ kind: 'principal', principal: caller, address });
}
