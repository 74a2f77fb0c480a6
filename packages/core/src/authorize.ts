import { type Credential, checkCredential } from './credential/read-credential.js';
import type { Denial } from './denial/denial.js';
import { denyMissing } from './permission/deny-missing.js';
import { decidePermissions, type Requirement } from './permission/requirement.js';
import type { Authenticator } from './principal/authenticator.js';
import type { Principal } from './principal/principal.js';

/*
 * The steps of a request. Each step takes the result of the step before it. A denial ends the request. If a dependency
 * fails, the step throws, and the response is 503.
 *
 *   step    input                               result        status of a denial
 *   read    the headers of the request       →  credential    400
 *   find    the credential                   →  principal     401
 *   permit  the principal, an organization   →  allowed       401 or 403
 *   see     its rights there, a resource     →  a verdict     404 or 403
 */

/** Reads the credential of a request. */
export { readRequestCredential as read } from './credential/joined-headers.js';

/** Finds the principal for a credential that is not in the cache. For others, call `getCached` of the authenticator. */
export function find(authenticator: Authenticator, credential: Credential, address: string | undefined) {
  return checkCredential(credential) ?? authenticator.authenticate(credential, address);
}

/** Checks what a route requires. Returns a denial that lists the missing permissions. If none is missing, undefined. */
export function permit(principal: Principal, oid: string, requirement: Requirement): Denial | undefined {
  const view = principal.in(oid);
  const decision = decidePermissions(requirement, view?.bits ?? []);
  if (decision.allowed) return undefined;
  const denial = denyMissing(decision.missing, view !== undefined);
  return requirement.mode === 'all' ? { ...denial, required: requirement.names } : denial;
}

/**
 * Decides whether a caller may see a resource behind a guard, or each resource of a list. For resources in the
 * service's own table, `visibilityOf` applies the same rules.
 */
export { decideEachSeen as seeEach, decideSeen as see } from './visibility/guard/decide-guarded.js';
