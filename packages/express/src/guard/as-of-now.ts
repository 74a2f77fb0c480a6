import { type Denial, deny, denyIssues, isDenial, type Principal } from '@flairgate/core';
import type { MaybeLater } from '../gate-context.js';
import { countedCaller, currentCaller } from '../request/kept-caller.js';
import { type Call, isCallRestricted, queryOf, undeclaredQuery } from './call.js';
import { callerFor } from './match-request.js';

/**
 * Returns the call with the caller's current rights. Use it after every wait that the caller can delay. If the rights
 * have not changed, returns the same call object. If the caller is already known to be valid, does not return a
 * promise.
 *
 * Returns a refusal if the caller is no longer valid, or if the current rights no longer pass the checks that the
 * request has passed. Rejects with UnavailableError if the last sync (read of revocations) is older than the maximum
 * staleness.
 */
export function asOfNow(call: Call): MaybeLater<Call | Denial> {
  const principal = countedCaller(call.req, call.guard.context);
  if (principal !== undefined) return withCaller(call, principal);
  return currentCaller(call.req, call.guard.context).then((answer) =>
    isDenial(answer) ? answer : withCaller(call, answer),
  );
}

function withCaller(call: Call, principal: Principal): Call | Denial {
  const { guard, req, caller, route } = call;
  if (principal.in(caller.oid) === caller) return call;
  const other = callerFor(guard, req, principal);
  if (other === undefined) return deny('ERR_NOT_FOUND', { reason: 'elsewhere' });
  if (!('identity' in other)) return other;
  if (other.oid !== caller.oid) return deny('ERR_NOT_FOUND', { reason: 'another organization than before' });
  const changed = { ...call, caller: other };
  return (isCallRestricted(changed) ? checkQuery(changed, route) : undefined) ?? changed;
}

/**
 * Returns a refusal if the query contains a parameter or a value that the route does not allow. Used for restricted
 * callers.
 */
export function checkQuery({ req }: Pick<Call, 'req'>, route: Call['route']): Denial | undefined {
  const stray = undeclaredQuery(route, queryOf(req));
  if (stray === undefined) return undefined;
  return denyIssues([
    { field: stray, message: 'is not a parameter of this route, or has a value that is not allowed' },
  ]);
}
