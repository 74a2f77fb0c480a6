import { limits } from '../limits.js';
import type { PolicyRow } from '../store/rows.js';
import type { ReadTransaction } from '../store/store.js';

/** What a user may do in one organization, from every source together. */
export interface Access {
  /** Concrete permissions and families, as granted. */
  readonly grants: readonly string[];
  readonly owner: boolean;
}

/**
 * Reads what a user may do in each organization: memberships, groups (nested ones too) and policies add up.
 *
 * Groups only add: they never take away what a membership grants.
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
  for (const membership of await tx.find('membership', { uid: user.uid })) {
    const sum = sumOf(membership.oid);
    for (const grant of membership.permissions) sum.grants.add(grant);
    if (membership.role === 'owner') sum.owner = true;
  }
  if (user.oid !== null) sumOf(user.oid);
  const groups = await readGroupsOf(tx, user.uid);
  for (const gid of groups) await addGroup(tx, gid, (oid) => sumOf(oid).grants);
  if (groups.size > 0) {
    for (const [oid, sum] of sums) {
      for (const policy of await tx.find('policy', { oid })) addPolicy(policy, groups, sum.grants);
    }
  }
  return new Map([...sums].map(([oid, sum]) => [oid, { grants: [...sum.grants].sort(), owner: sum.owner }]));
}

/** Ids of every group the user is in, directly or through a group inside it. */
export async function readGroupsOf(tx: ReadTransaction, uid: string): Promise<ReadonlySet<string>> {
  const groups = new Set((await tx.find('groupMember', { uid })).map((row) => row.gid));
  let level = [...groups];
  for (let depth = 1; depth < limits.groupDepth && level.length > 0; depth++) {
    const above: string[] = [];
    for (const child of level) {
      for (const { gid } of await tx.find('groupChild', { child })) if (!groups.has(gid)) above.push(gid);
    }
    for (const gid of above) groups.add(gid);
    level = above;
  }
  return groups;
}

async function addGroup(tx: ReadTransaction, gid: string, grantsIn: (oid: string) => Set<string>): Promise<void> {
  const group = await tx.get('group', { gid });
  if (group === undefined) return;
  for (const { oid } of await tx.find('groupOrganization', { gid })) {
    const grants = grantsIn(oid);
    for (const grant of group.permissions) grants.add(grant);
  }
}

function addPolicy(policy: PolicyRow, groups: ReadonlySet<string>, grants: Set<string>): void {
  for (const [gid, types] of Object.entries(policy.grants)) {
    if (!groups.has(gid)) continue;
    for (const [type, actions] of Object.entries(types)) for (const action of actions) grants.add(`${type}.${action}`);
  }
}
