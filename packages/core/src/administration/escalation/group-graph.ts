import { type Walk, walkGroups } from '../../principal/group-walk.js';
import type { GroupMemberRow } from '../../store/rows.js';
import type { ReadTransaction } from '../../store/transaction.js';

/** Returns the group and every group that contains it. The group's members have the permissions of all these groups. */
export function readAncestors(tx: ReadTransaction, gid: string, atMost?: number): Promise<Walk> {
  return walkGroups(tx, [gid], 'up', atMost);
}

/**
 * Returns the group and every group nested in it, at any depth. Members of the nested groups are members of the group.
 */
export function readDescendants(tx: ReadTransaction, gid: string, atMost?: number): Promise<Walk> {
  return walkGroups(tx, [gid], 'down', atMost);
}

/**
 * Returns the users who have the group's permissions: the members of the group, and the members of the groups nested in
 * it.
 */
export async function readUsersOf(tx: ReadTransaction, gid: string): Promise<ReadonlySet<string>> {
  return new Set((await readPlacesOf(tx, [gid])).map(({ uid }) => uid));
}

/** Returns the memberships in these groups and in the groups nested in them. */
export async function readPlacesOf(tx: ReadTransaction, gids: Iterable<string>): Promise<readonly GroupMemberRow[]> {
  const { groups } = await walkGroups(tx, gids, 'down');
  return tx.findIn('groupMember', 'gid', [...groups]);
}

/** Groups of which a user is a direct member, and all groups that contain these groups. */
export interface NearGroups {
  /** The user's direct memberships. */
  readonly places: readonly GroupMemberRow[];
  /** The groups of `places` and all groups that contain them. */
  readonly walk: Walk;
}

/**
 * Maximum number of direct memberships (`MAX_NEAR_PLACES`) and maximum number of groups (`MAX_NEAR_GROUPS`) that are
 * read for one user.
 */
const MAX_NEAR_PLACES = 100;
const MAX_NEAR_GROUPS = 1000;

/**
 * Returns the groups to which a user belongs. Returns undefined if there are too many groups to read. This may happen
 * because other users can add a user to groups.
 */
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
