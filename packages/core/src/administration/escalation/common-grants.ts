import type { Catalogue } from '../../permission/catalogue.js';

/** Returns the grants of each list that the other one covers. A family is covered if all its permissions are. */
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
