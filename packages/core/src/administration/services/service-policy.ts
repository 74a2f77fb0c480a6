import { allow, type Outcome } from '../../denial/denial.js';
import { denyIssues, type Issue } from '../../denial/issue.js';
import type { Catalogue } from '../../permission/catalogue.js';
import { parseGrants } from '../../permission/grants.js';
import { isUuid } from '../../store/ids.js';
import type { ServicePolicy } from '../../store/rows.js';
import { checkLabel } from '../command/label.js';

/**
 * Maximum number of organizations that a service's policy can list. A service that needs more must serve all
 * organizations (`all`).
 */
const MAX_ORGANIZATIONS = 1000;

const MAX_POLICY_AUDIENCES = 64;

/** Parses a service's policy. Organization ids are converted to lower case, and each audience may appear only once. */
export function parseServicePolicy(input: ServicePolicy, catalogue: Catalogue): Outcome<ServicePolicy> {
  const organizations = input.organizations === 'all' ? 'all' : readOrganizations(input.organizations);
  const issues: Issue[] = [];
  if (organizations === undefined) {
    issues.push({ field: 'organizations', message: `must be 1 to ${MAX_ORGANIZATIONS} organization ids, or all` });
  }
  if (input.mayExchange.length > MAX_POLICY_AUDIENCES) {
    issues.push({ field: 'mayExchange', message: `must have at most ${MAX_POLICY_AUDIENCES} entries` });
  }
  if (new Set(input.mayExchange.map(({ audience }) => audience)).size !== input.mayExchange.length) {
    issues.push({ field: 'mayExchange', message: 'must name each audience once' });
  }
  if (organizations === undefined || issues.length > 0) return denyIssues(issues);
  const mayExchange: ServicePolicy['mayExchange'][number][] = [];
  for (const { audience, permissions } of input.mayExchange) {
    const name = checkLabel('audience', audience);
    if (!name.allowed) return name;
    const grants = parseGrants(permissions, catalogue);
    if (!grants.allowed) return grants;
    mayExchange.push({ audience: name.value, permissions: grants.value });
  }
  return allow({ organizations, mayExchange });
}

function readOrganizations(given: readonly string[]): readonly string[] | undefined {
  const oids = [...new Set(given.map((oid) => oid.toLowerCase()))].sort();
  return oids.length > 0 && oids.length <= MAX_ORGANIZATIONS && oids.every(isUuid) ? oids : undefined;
}
