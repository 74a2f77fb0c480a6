import { type Walk, walkGroups } from '../../principal/group-walk.js';
import type { GroupMemberRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';

/** The group and every group it is inside of: whose permissions its members have. */
export function readAncestors(tx: ReadTransaction, gid: string, atMost?: number): Promise<Walk> {
  return walkGroups(tx, [gid], 'up', atMost);
}

/** The group and every group inside it: whose members count as its own. */
export function readDescendants(tx: ReadTransaction, gid: string, atMost?: number): Promise<Walk> {
  return walkGroups(tx, [gid], 'down', atMost);
}

/** Everybody who has the permissions of the group: its members, and those of groups inside it. */
export async function readUsersOf(tx: ReadTransaction, gid: string): Promise<ReadonlySet<string>> {
  return new Set((await readPlacesOf(tx, [gid])).map(({ uid }) => uid));
}

/** The places of all members of these groups and of groups inside them. */
export async function readPlacesOf(tx: ReadTransaction, gids: Iterable<string>): Promise<readonly GroupMemberRow[]> {
  const { groups } = await walkGroups(tx, gids, 'down');
  return tx.findIn('groupMember', 'gid', [...groups]);
}
