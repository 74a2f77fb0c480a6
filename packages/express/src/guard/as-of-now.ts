import { type Denial, deny, denyIssues, isDenial, type Principal } from '@flairgate/core';
import type { MaybeLater } from '../gate-context.js';
import { countedCaller, currentCaller } from '../request/kept-caller.js';
import { type Call, isCallRestricted, queryOf, undeclaredQuery } from './call.js';
import { partyFor } from './recognise.js';

/**
 * Returns the call with its caller as that is now, to be asked after every wait the caller can draw out. The refusal where
 * it has ended, or may no longer do what let it pass. At once, and the same call, while nothing has changed.
 *
 * Rejects with UnavailableError past the bound.
 */
export function asOfNow(call: Call): MaybeLater<Call | Denial> {
  const principal = countedCaller(call.req, call.guard.context);
  if (principal !== undefined) return withCaller(call, principal);
  return currentCaller(call.req, call.guard.context).then((answer) =>
    isDenial(answer) ? answer : withCaller(call, answer),
  );
}

function withCaller(call: Call, principal: Principal): Call | Denial {
  const { guard, req, party, route } = call;
  if (principal.in(party.oid) === party) return call;
  const other = partyFor(guard, req, principal);
  if (other === undefined) return deny('ERR_NOT_FOUND', { reason: 'elsewhere' });
  if (!('identity' in other)) return other;
  if (other.oid !== party.oid) return deny('ERR_NOT_FOUND', { reason: 'another organization than before' });
  const changed = { ...call, party: other };
  return (isCallRestricted(changed) ? refuseStray(changed, route) : undefined) ?? changed;
}

/** Refuses a query parameter that the route does not declare; for callers from whom something may be kept. */
export function refuseStray({ req }: Pick<Call, 'req'>, route: Call['route']): Denial | undefined {
  const stray = undeclaredQuery(route, queryOf(req));
  if (stray === undefined) return undefined;
  return denyIssues([{ field: stray, message: 'this parameter is not taken, or not with this value' }]);
}
