import type { Actor } from '@flairgate/core/administration';
import type { Call } from '../route/define-route.js';

/**
 * Returns the actor of a command: the caller of the request.
 *
 * @throws Error on a route that needs no credential, and so has no caller. Using this function on such a route is a
 * programming error.
 * @example
 * const deleteRule = async (call: Call<{ oid: string; id: string }, unknown>) =>
 *   releaseLock(context, actorOf(call), { ...call.params, type: 'rule', tenancy: 'routed' });
 */
export function actorOf({
  caller,
  address,
  headers: { reason },
}: Pick<Call<unknown, unknown>, 'caller' | 'address' | 'headers'>): Actor {
  if (caller === undefined) throw new Error('the route gives a command, and needs no credential');
  return { kind: 'principal', principal: caller, address, ...(reason === undefined ? {} : { reason }) };
}
