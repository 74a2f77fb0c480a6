import { limits } from '../limits.js';
import type { ReadTransaction } from '../store/store.js';

type Neighbours = (tx: ReadTransaction, gid: string) => Promise<readonly string[]>;

/** Groups found from one on, itself among them, and the number of groups on the longest way. */
export interface Walk {
  readonly groups: ReadonlySet<string>;
  readonly depth: number;
}

/** The group and every group it is inside of: whose permissions its members have. */
export function readAncestors(tx: ReadTransaction, gid: string): Promise<Walk> {
  return walk(tx, gid, async (reader, child) => (await reader.find('groupChild', { child })).map((row) => row.gid));
}

/** The group and every group inside it: whose members count as its own. */
export function readDescendants(tx: ReadTransaction, gid: string): Promise<Walk> {
  return walk(tx, gid, async (reader, parent) =>
    (await reader.find('groupChild', { gid: parent })).map((row) => row.child),
  );
}

/** Everybody who has the permissions of the group: its members, and those of groups inside it. */
export async function readUsersOf(tx: ReadTransaction, gid: string): Promise<ReadonlySet<string>> {
  const uids = new Set<string>();
  for (const group of (await readDescendants(tx, gid)).groups) {
    for (const { uid } of await tx.find('groupMember', { gid: group })) uids.add(uid);
  }
  return uids;
}

/** Goes level by level, so that the number of levels is the longest way; stops past the limit, whatever is stored. */
async function walk(tx: ReadTransaction, gid: string, neighbours: Neighbours): Promise<Walk> {
  const groups = new Set<string>();
  let level: ReadonlySet<string> = new Set([gid]);
  let depth = 0;
  while (level.size > 0 && depth <= limits.groupDepth) {
    depth += 1;
    const next = new Set<string>();
    for (const group of level) {
      groups.add(group);
      for (const neighbour of await neighbours(tx, group)) next.add(neighbour);
    }
    level = next;
  }
  return { groups, depth };
}
