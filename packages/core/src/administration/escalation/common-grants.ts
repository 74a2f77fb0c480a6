import type { Catalogue } from '../../permission/catalogue.js';

/**
 * Returns the grants that two lists have in common: each grant in either list that the other list covers. A list covers
 * a permission that it contains or that one of its permission families (such as `dr.*`) includes. A list covers a
 * permission family if it covers all permissions of that family.
 */
export function commonGrants(one: readonly string[], other: readonly string[], catalogue: Catalogue): string[] {
  const covered = (grants: readonly string[], by: readonly string[]) => {
    const held = new Set([...by, ...catalogue.expand(by)]);
    return grants.filter((grant) => {
      const names = catalogue.expand([grant]);
      return held.has(grant) || (names.length > 0 && names.every((name) => held.has(name)));
    });
  };
  return [...new Set([...covered(one, other), ...covered(other, one)])];
}
