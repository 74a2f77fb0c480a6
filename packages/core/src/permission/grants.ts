import { allow, type Outcome } from '../denial/denial.js';
import { denyIssues, type Issue } from '../denial/issue.js';
import { nearest } from '../options/nearest.js';
import type { Catalogue } from './catalogue.js';
import { grantKind } from './grammar.js';

/**
 * Parses a list of grants: concrete permissions and families that this catalogue knows. Repeated ones collapse.
 *
 * Does not ask whether the actor may give them; `checkNoEscalation` does. Refuses with `ERR_VALIDATION` and one issue per
 * bad grant.
 */
export function parseGrants(
  grants: readonly string[],
  catalogue: Catalogue,
  field = 'permissions',
): Outcome<readonly string[]> {
  const issues = validateGrants(grants, catalogue, field);
  return issues.length > 0 ? denyIssues(issues) : allow(Object.freeze([...new Set(grants)]));
}

/** Lists what is wrong with a list of grants, in its order; empty when nothing is. */
export function validateGrants(
  grants: readonly string[],
  catalogue: Catalogue,
  field = 'permissions',
): readonly Issue[] {
  const issues: Issue[] = [];
  for (const [place, grant] of grants.entries()) {
    const message = grantFault(grant, place, catalogue);
    if (message !== undefined) issues.push({ field, message });
  }
  return issues;
}

function grantFault(grant: string, place: number, catalogue: Catalogue): string | undefined {
  if (grant === '*') return `grant ${place + 1}: a lone * is never a grant; name the permissions or families`;
  const kind = grantKind(grant);
  // A malformed text may be anything, a pasted secret too, so it is named by its place.
  if (kind === undefined) return `grant ${place + 1} is not a permission; write area.action or area.* in lower case`;
  if (kind === 'family') {
    if (catalogue.family(grant).length > 0) return undefined;
    return `grant ${place + 1}: no permission is in ${grant}; privileged ones are granted by name`;
  }
  if (catalogue.has(grant)) return undefined;
  const near = nearest(
    grant,
    catalogue.entries.map((entry) => entry.name),
  );
  return `grant ${place + 1}: unknown permission ${grant}; the nearest known one is ${near}`;
}
