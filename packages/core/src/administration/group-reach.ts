import type { SecurityTransaction } from '../revision/security-write.js';
import type { PolicyRow } from '../store/rows.js';
import type { ReadTransaction } from '../store/store.js';
import { readAncestors, readDescendants } from './group-graph.js';

/** More affected users than this are not judged one by one. */
export const MAX_SINGLE_USERS = 1000;

/** What groups give, by organization. */
export type Reach = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Reads what a member of the group gets: the permissions of the group and of every group it is inside of, in the
 * organizations these are attached to, and what policies there give them.
 *
 * What a policy of another organization gives depends on the member; `judgeGains` sees that.
 */
export async function readReach(tx: ReadTransaction, gid: string): Promise<Reach> {
  const { groups } = await readAncestors(tx, gid);
  const reach = new Map<string, Set<string>>();
  const permissions = new Map<string, readonly string[]>();
  for (const row of await tx.findIn('group', 'gid', [...groups])) permissions.set(row.gid, row.permissions);
  for (const row of await tx.findIn('groupOrganization', 'gid', [...groups])) {
    addAll(reach, row.oid, permissions.get(row.gid) ?? []);
  }
  for (const policy of await tx.findIn('policy', 'oid', [...reach.keys()])) {
    addAll(reach, policy.oid, policyGrants(policy, groups));
  }
  return reach;
}

/**
 * Reads the most that being in the group could give anybody, whoever they are: for so many members that judging
 * each would take too long.
 */
export async function readWidestReach(tx: ReadTransaction, gid: string): Promise<Reach> {
  const { groups } = await readAncestors(tx, gid);
  const reach = new Map<string, Set<string>>();
  for (const [oid, grants] of await readReach(tx, gid)) addAll(reach, oid, grants);
  const attached = new Set(reach.keys());
  for (const policy of await tx.find('policy', {})) {
    // Whoever comes into an organization meets all its policies, also by other groups.
    const grants = policyGrants(policy, attached.has(policy.oid) ? undefined : groups);
    if (grants.length > 0) addAll(reach, policy.oid, grants);
  }
  return reach;
}

/** The permissions a policy gives these groups, or all of them. */
export function policyGrants({ grants }: Pick<PolicyRow, 'grants'>, groups?: ReadonlySet<string>): readonly string[] {
  return Object.entries(grants)
    .filter(([gid]) => groups === undefined || groups.has(gid))
    .flatMap(([, types]) => Object.entries(types))
    .flatMap(([type, actions]) => actions.map((action) => `${type}.${action}`));
}

/** Most users whose scopes a change touches one by one. No group that keeps to the limits has more. */
const MAX_TOUCHED_USERS = 10_000;

/**
 * Notes that what everybody in the group may do has changed.
 *
 * Where more users are stored than the limits let come, whole organizations are touched instead: all counts as changed
 * at once, and few rows are written.
 */
export async function touchUsersOf(tx: SecurityTransaction, gid: string): Promise<void> {
  const { groups } = await readDescendants(tx, gid);
  const places = await tx.findIn('groupMember', 'gid', [...groups], MAX_TOUCHED_USERS + 1);
  if (places.length <= MAX_TOUCHED_USERS) for (const { uid } of places) tx.touch('user', uid);
  else for (const oid of (await readWidestReach(tx, gid)).keys()) tx.touch('org', oid);
}

function addAll(reach: Map<string, Set<string>>, oid: string, grants: Iterable<string>): void {
  const held = reach.get(oid) ?? new Set();
  for (const grant of grants) held.add(grant);
  reach.set(oid, held);
}
