import { deny } from '../denial/denial-table.js';
import { DeniedError } from '../denial/errors.js';
import { assertCounts } from '../principal/held.js';
import type { OrganizationCaller } from '../principal/organization-caller.js';
import type { Principal } from '../principal/principal.js';

/** Who asks: the view of a principal in an organization, or a principal. */
export type Caller = OrganizationCaller | Principal;

/** Names the organization where the caller is a principal that is good for several. */
export interface InOrganization {
  readonly organization?: string;
}

/**
 * The caller in the organization in question; undefined where it has nothing to do there.
 *
 * @throws DeniedError `ERR_ORGANIZATION_REQUIRED` for a principal of several organizations when none is named; 401 for a
 * caller that has ended. UnavailableError past the bound.
 */
export function partyOf(caller: Caller, options?: InOrganization): OrganizationCaller | undefined {
  assertCounts(caller);
  const organization = options?.organization;
  if ('oid' in caller) return organization === undefined || organization === caller.oid ? caller : undefined;
  if (organization !== undefined) return caller.in(organization);
  const [only, ...others] = caller.organizations;
  if (others.length > 0) throw new DeniedError(deny('ERR_ORGANIZATION_REQUIRED'));
  return only === undefined ? undefined : caller.in(only);
}
