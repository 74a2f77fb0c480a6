import type { Flair } from '../../../store/flair.js';

/**
 * Rights that a token grants in one organization. Permissions are listed one by one: families such as `dr.*` are
 * expanded.
 */
export interface Rights {
  readonly permissions: readonly string[];
  readonly flairs: readonly Flair[];
}

/** Rights that a token grants, by organization. Ids are UUIDs in lower case. */
export interface RightsByOrganization {
  /** Sorted ids of the organizations. */
  readonly organizations: readonly string[];
  /** Returns the rights in an organization, or undefined if the token grants none there. */
  in(oid: string): Rights | undefined;
}

/** Rights that an issuer's tokens may grant in this service. Any other rights in the tokens are ignored. */
export interface AcceptedRights {
  readonly permissions: readonly string[];
  /** Flairs (named abilities and restrictions) that the issuer's tokens may grant. @default none */
  readonly flairs?: readonly Flair[];
  readonly organizations: readonly string[] | 'all';
}

/** Empty rights: no organizations. */
export const NO_RIGHTS: RightsByOrganization = Object.freeze({ organizations: [], in: () => undefined });

/** Creates a view of rights in one organization. */
export function singleRights(oid: string, rights: Rights): RightsByOrganization {
  return { organizations: Object.freeze([oid]), in: (asked) => (asked === oid ? rights : undefined) };
}

/** Creates a view of rights from a map. */
export function mappedRights(rights: ReadonlyMap<string, Rights>): RightsByOrganization {
  return { organizations: Object.freeze([...rights.keys()].sort()), in: (oid) => rights.get(oid) };
}

/** Restricts rights to the rights that the issuer's tokens may grant. */
export function restrictRights(rights: RightsByOrganization, accepted: AcceptedRights): RightsByOrganization {
  const permissions = new Set(accepted.permissions);
  const flairs = new Set<Flair>(accepted.flairs);
  const isAccepted =
    accepted.organizations === 'all'
      ? () => true
      : (
          (named) => (oid: string) =>
            named.has(oid)
        )(new Set(accepted.organizations));
  return {
    organizations: Object.freeze(rights.organizations.filter(isAccepted)),
    in: (oid) => {
      const inside = isAccepted(oid) ? rights.in(oid) : undefined;
      if (inside === undefined) return undefined;
      return {
        permissions: inside.permissions.filter((name) => permissions.has(name)),
        flairs: inside.flairs.filter((flair) => flairs.has(flair)),
      };
    },
  };
}
