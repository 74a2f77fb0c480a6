import { allow, type Outcome } from '../denial/denial.js';
import { denyIssues, type Issue } from '../denial/issue.js';
import { nearest } from '../options/nearest.js';
import type { Catalogue } from './catalogue.js';
import { grantKind, toDotted } from './grammar.js';

/**
 * Parses a list of grants: permissions, and families such as `dr.*`, of this catalogue. A colon is read as a dot.
 * Duplicates are removed.
 *
 * Refuses with `ERR_VALIDATION` and one issue per invalid grant. Does not check that the actor may give these grants to
 * others: `checkNoEscalation` does.
 */
export function parseGrants(
  grants: readonly string[],
  catalogue: Catalogue,
  field = 'permissions',
): Outcome<readonly string[]> {
  const dotted = grants.map(toDotted);
  const issues = validateGrants(dotted, catalogue, field);
  return issues.length > 0 ? denyIssues(issues) : allow(Object.freeze([...new Set(dotted)]));
}

/** Returns one issue per invalid grant in a list, in order. Empty if all grants are valid. */
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
  // A malformed string may be anything, even a pasted secret, so the message contains its position instead.
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
