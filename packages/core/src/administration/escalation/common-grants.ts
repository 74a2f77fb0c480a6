import type { Catalogue } from '../../permission/catalogue.js';

/**
 * Returns the intersection of two lists of grants: the grants of each list that the other list covers. A list covers a
 * permission family (such as `dr.*`) if it covers all permissions of that family.
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
