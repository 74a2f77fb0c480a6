import type { PolicyRow, Tables } from '../store/rows.js';
import { readGathered } from '../store/together.js';
import type { ReadTransaction } from '../store/transaction.js';
import { walkGroups } from './group-walk.js';

/** A user's rights in one organization, combined from all sources. */
export interface Access {
  /** Permissions and families (such as `dr.*`), as granted. */
  readonly grants: readonly string[];
  readonly owner: boolean;
}

/**
 * Reads a user's rights in each organization that the user has joined. The rights are combined from the user's
 * memberships, groups and policies. A group that contains one of the user's groups counts as the user's group too.
 * Offers, which are memberships that the user has not accepted yet, are not read.
 *
 * Groups only add permissions. They never remove permissions that a membership grants.
 */
export async function readUserAccess(
  tx: ReadTransaction,
  user: { readonly uid: string; readonly oid: string | null },
): Promise<ReadonlyMap<string, Access>> {
  const sums = new Map<string, { grants: Set<string>; owner: boolean }>();
  const sumOf = (oid: string) => {
    const sum = sums.get(oid) ?? { grants: new Set<string>(), owner: false };
    sums.set(oid, sum);
    return sum;
  };
  for (const membership of await tx.find('membership', { uid: user.uid, accepted: true })) {
    const sum = sumOf(membership.oid);
    for (const grant of membership.permissions) sum.grants.add(grant);
    if (membership.role === 'owner') sum.owner = true;
  }
  if (user.oid !== null) sumOf(user.oid);
  const groups = await readGroupsOf(tx, user.uid);
  if (groups.size > 0) {
    const accepted = new Set((await tx.find('consent', { uid: user.uid })).map(({ oid }) => oid));
    await addGroups(tx, [...groups], (oid) => (accepted.has(oid) ? sumOf(oid).grants : undefined));
    for (const policy of await tx.findPolicies([...sums.keys()], [...groups])) {
      addPolicy(policy, groups, sumOf(policy.oid).grants);
    }
  }
  return new Map([...sums].map(([oid, sum]) => [oid, { grants: [...sum.grants].sort(), owner: sum.owner }]));
}

/**
 * Reads the rights of many users with few statements. Each user gets the same rights as from {@link readUserAccess}.
 * The result omits users that do not exist.
 */
export async function readAccessOfMany(
  tx: ReadTransaction,
  uids: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, Access>>> {
  const found = new Map<string, ReadonlyMap<string, Access>>();
  if (uids.length === 0) return found;
  const user = await tx.findIn('user', 'uid', uids);
  const membership = await readAccepted(tx, 'membership', uids);
  const consent = await tx.findIn('consent', 'uid', uids);
  const groupMember = await readAccepted(tx, 'groupMember', uids);
  const { groups, next } = await walkGroups(tx, new Set(groupMember.map(({ gid }) => gid)), 'up');
  const gids = [...groups];
  const groupOrganization = await tx.findIn('groupOrganization', 'gid', gids);
  const oids = new Set([...membership, ...groupOrganization, ...user].map(({ oid }) => oid));
  const rows = readGathered({
    membership,
    consent,
    groupMember,
    groupOrganization,
    groupChild: [...next].flatMap(([child, above]) => above.map((gid) => ({ gid, child }))),
    group: await tx.findIn('group', 'gid', gids),
    policy:
      gids.length === 0
        ? []
        : await tx.findPolicies(
            [...oids].filter((oid) => oid !== null),
            gids,
          ),
  });
  for (const one of user) found.set(one.uid, await readUserAccess(rows, one));
  return found;
}

/**
 * Limits for one statement that reads many users. The statement reads at most `MAX_OFFERED` rows, plus
 * `MAX_OFFERED_EACH` rows per user. Offers (memberships that a user has not accepted yet) are among these rows.
 */
const MAX_OFFERED_EACH = 20;
const MAX_OFFERED = 1000;

/**
 * Reads the accepted memberships, or the accepted group memberships, of these users.
 *
 * First, one statement reads all rows, including offers (rows that the user has not accepted yet). If this statement
 * finds too many rows, one statement per user reads only the accepted rows. A large number of offers therefore does not
 * make the read more expensive.
 */
async function readAccepted<T extends 'membership' | 'groupMember'>(
  tx: ReadTransaction,
  table: T,
  uids: readonly string[],
): Promise<readonly Tables[T][]> {
  const most = MAX_OFFERED + MAX_OFFERED_EACH * uids.length;
  const rows = await tx.findIn(table, 'uid', uids, most + 1);
  if (rows.length <= most) return rows.filter(({ accepted }) => accepted);
  const found: Tables[T][] = [];
  for (const uid of uids) found.push(...(await tx.find(table, { uid, accepted: true } as Partial<Tables[T]>)));
  return found;
}

/**
 * Returns the ids of the groups that a user belongs to, directly or through a nested group.
 *
 * A direct group membership counts only if the group grants the user rights in at least one organization that the user
 * has joined.
 */
export async function readGroupsOf(tx: ReadTransaction, uid: string): Promise<ReadonlySet<string>> {
  const direct = (await tx.find('groupMember', { uid, accepted: true })).map(({ gid }) => gid);
  return (await walkGroups(tx, direct, 'up')).groups;
}

/**
 * Reads the groups of many users. Unlike {@link readGroupsOf}, this function also returns groups that do not grant the
 * user rights yet. The number of statements depends on how deep groups are nested, not on the number of users.
 */
export async function readGroupsOfMany(
  tx: ReadTransaction,
  uids: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const groups = new Map<string, Set<string>>();
  for (const { uid, gid } of await tx.findIn('groupMember', 'uid', uids)) {
    groups.set(uid, (groups.get(uid) ?? new Set()).add(gid));
  }
  const above = await readGroupsAbove(tx, new Set([...groups.values()].flatMap((gids) => [...gids])));
  for (const gids of groups.values()) {
    // The loop also visits ids that are added to the set while it runs.
    for (const gid of gids) for (const outer of above.get(gid) ?? []) gids.add(outer);
  }
  return groups;
}

/**
 * Walks up from the given groups to their containing groups, level by level. Returns, for each group on the way, the
 * groups that directly contain that group.
 */
async function readGroupsAbove(
  tx: ReadTransaction,
  start: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const above = new Map<string, string[]>();
  let level = [...start];
  while (level.length > 0) {
    for (const child of level) above.set(child, []);
    const found = new Set<string>();
    for (const { child, gid } of await tx.findIn('groupChild', 'child', level)) {
      above.get(child)?.push(gid);
      if (!above.has(gid)) found.add(gid);
    }
    level = [...found];
  }
  return above;
}

async function addGroups(
  tx: ReadTransaction,
  gids: readonly string[],
  grantsIn: (oid: string) => Set<string> | undefined,
): Promise<void> {
  const permissions = new Map<string, readonly string[]>();
  for (const group of await tx.findIn('group', 'gid', gids)) permissions.set(group.gid, group.permissions);
  for (const { gid, oid } of await tx.findIn('groupOrganization', 'gid', gids)) {
    const granted = permissions.get(gid);
    if (granted === undefined) continue;
    const grants = grantsIn(oid);
    if (grants !== undefined) for (const grant of granted) grants.add(grant);
  }
}

function addPolicy(policy: PolicyRow, groups: ReadonlySet<string>, grants: Set<string>): void {
  for (const [gid, types] of Object.entries(policy.grants)) {
    if (!groups.has(gid)) continue;
    for (const [type, actions] of Object.entries(types)) for (const action of actions) grants.add(`${type}.${action}`);
  }
}
