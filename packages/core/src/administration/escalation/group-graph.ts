import { type Walk, walkGroups } from '../../principal/group-walk.js';
import type { GroupMemberRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';

/**
 * Returns the group and every group that contains it. Members of the group have the permissions of all these groups.
 */
export function readAncestors(tx: ReadTransaction, gid: string, atMost?: number): Promise<Walk> {
  return walkGroups(tx, [gid], 'up', atMost);
}

/** Returns the group and every group inside it. Their members count as members of the group. */
export function readDescendants(tx: ReadTransaction, gid: string, atMost?: number): Promise<Walk> {
  return walkGroups(tx, [gid], 'down', atMost);
}

/** Returns the users who have the permissions of the group: its members, and those of the groups inside it. */
export async function readUsersOf(tx: ReadTransaction, gid: string): Promise<ReadonlySet<string>> {
  return new Set((await readPlacesOf(tx, [gid])).map(({ uid }) => uid));
}

/** Returns the memberships of these groups and of the groups inside them. */
export async function readPlacesOf(tx: ReadTransaction, gids: Iterable<string>): Promise<readonly GroupMemberRow[]> {
  const { groups } = await walkGroups(tx, gids, 'down');
  return tx.findIn('groupMember', 'gid', [...groups]);
}

/** Groups that a user is in, and the groups that contain these. */
export interface NearGroups {
  readonly places: readonly GroupMemberRow[];
  /** The walk up from the groups of `places`. */
  readonly walk: Walk;
}

/** Most memberships, and most groups above them, that are read from the side of a user. */
const MAX_NEAR_PLACES = 100;
const MAX_NEAR_GROUPS = 1000;

/** Reads the groups a user is in. Undefined if there are too many: others can put a user into many groups. */
export async function readNearGroups(
  tx: ReadTransaction,
  of: { readonly uid: string; readonly accepted?: boolean },
): Promise<NearGroups | undefined> {
  const places = await tx.find('groupMember', of, { limit: MAX_NEAR_PLACES + 1 });
  if (places.length > MAX_NEAR_PLACES) return undefined;
  const walk = await walkGroups(
    tx,
    places.map(({ gid }) => gid),
    'up',
    MAX_NEAR_GROUPS,
  );
  return walk.whole ? { places, walk } : undefined;
}
