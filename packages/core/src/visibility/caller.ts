import { deny } from '../denial/denial-table.js';
import { DeniedError } from '../denial/errors.js';
import { assertCounts } from '../principal/held.js';
import type { OrganizationCaller } from '../principal/organization-caller.js';
import { foldUuid } from '../principal/organization-id.js';
import type { Principal } from '../principal/principal.js';

/** A caller, given either as a principal or as a principal's rights in one organization. */
export type Caller = OrganizationCaller | Principal;

/** The organization to act in. Required if the caller is a principal with several organizations. */
export interface InOrganization {
  readonly organization?: string;
}

/**
 * Returns the caller with its rights in the organization, or undefined if the caller has no rights there.
 *
 * @throws DeniedError `ERR_ORGANIZATION_REQUIRED` for a principal with several organizations if no organization is
 *   given; 401 for a caller that was revoked or has expired.
 * @throws UnavailableError if the last sync (read of revocations) is older than the maximum staleness.
 */
export function organizationCallerOf(caller: Caller, options?: InOrganization): OrganizationCaller | undefined {
  assertCounts(caller);
  const organization = options?.organization;
  if ('oid' in caller)
    return organization === undefined || isSameOrganization(organization, caller.oid) ? caller : undefined;
  if (organization !== undefined) return caller.in(organization);
  const [only, ...others] = caller.organizations;
  if (others.length > 0) throw new DeniedError(deny('ERR_ORGANIZATION_REQUIRED'));
  return only === undefined ? undefined : caller.in(only);
}

function isSameOrganization(organization: string, oid: string): boolean {
  return organization === oid || foldUuid(organization) === oid;
}
