import { checkCredential } from './credential/read-credential.js';
import type { Denial } from './denial/denial.js';
import { deny } from './denial/denial-table.js';
import { decidePermissions, type Requirement } from './permission/requirement.js';
import type { Authenticator } from './principal/authenticator.js';
import type { Principal } from './principal/principal.js';

/*
 * The way of a request. Each step takes what the step before returned; a denial ends the way, and a failure of a
 * dependency is thrown, and answered with 503.
 *
 *   read    the headers of the request       →  its credential   400
 *   find    the credential                   →  its principal    401
 *   permit  the principal, an organization   →  allowed          401 or 403
 *   see     its view there, a resource       →  a verdict        404 or 403
 */

/** Reads the one credential of a request. */
export { readRequestCredential as read } from './credential/joined-headers.js';

/** Finds the principal of a credential that is not in the cache. `getCached` of the authenticator finds the others. */
export function find(
  authenticator: Authenticator,
  ...[credential, address]: Parameters<Authenticator['authenticate']>
) {
  return checkCredential(credential) ?? authenticator.authenticate(credential, address);
}

/** Permits what a route requires, or returns the denial that lists the missing permissions. */
export function permit(principal: Principal, oid: string, requirement: Requirement): Denial | undefined {
  const decision = decidePermissions(requirement, principal.in(oid)?.bits ?? NO_BITS);
  if (decision.allowed) return undefined;
  const { missing } = decision;
  const detail = `missing permission: ${missing.join(', ')}`;
  const denial = deny('ERR_PERMISSION_MISSING', { detail, members: { missing } });
  return requirement.mode === 'all' ? { ...denial, required: requirement.names } : denial;
}

const NO_BITS: readonly number[] = Object.freeze([]);

/** Sees whether a resource is shown to a view. Rules for own tables ask the same table for a condition. */
export { decideSeen as see } from './visibility/guard/decide-guarded.js';
