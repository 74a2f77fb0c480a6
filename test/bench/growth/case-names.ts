/**
 * The amount that a case asks for. `one`: one row, one page of a fixed length or one command, which may grow with the logarithm of
 * the size. `all`: something of every row, which may grow with n log n.
 */
export type Asks = 'one' | 'all';

/** Every case of every room. A room has to implement exactly these. */
export const growthCases = {
  organizations: {
    'organization read': 'one',
    'name that is taken': 'one',
    'page of organizations': 'one',
    'page deep inside': 'one',
    'organization renamed': 'one',
    'organization created': 'one',
    'organization deleted': 'one',
    'key found': 'one',
    'start of a process': 'one',
    'heap after the start': 'one',
  },
  keys: {
    'key found': 'one',
    'unknown key refused': 'one',
    'page of keys': 'one',
    'page deep inside': 'one',
    'name that is taken': 'one',
    'key created': 'one',
    'key revoked': 'one',
    'key rotated': 'one',
    'member removed': 'one',
    'start of a process': 'one',
    'heap after the start': 'one',
  },
  'revoked keys': {
    'page of valid keys': 'one',
    'page of revoked keys, deep inside': 'one',
    'name that is free': 'one',
    'key created': 'one',
    'key revoked': 'one',
    'ingestion key revoked by name': 'one',
    'member removed': 'one',
  },
  'sorted keys': { 'page of keys sorted by name': 'all' },
  members: {
    'member read': 'one',
    'page of members': 'one',
    'page deep inside': 'one',
    'permissions granted': 'one',
    'member removed': 'one',
    'owner becomes a member': 'one',
    'API user read': 'one',
    'page of API users': 'one',
    'page of API users, deep inside': 'one',
    'API user created': 'one',
    'API user deactivated': 'one',
  },
  groups: {
    'user key found': 'one',
    'group read': 'one',
    'page of groups': 'one',
    'page deep inside': 'one',
    'groups of a user': 'one',
    'member added': 'one',
    'member removed': 'one',
    'permissions set': 'one',
    'group nested': 'one',
    'group deleted': 'one',
  },
  'one group': {
    'group of a member read': 'one',
    'member added': 'one',
    'member removed': 'one',
    'owner removed': 'one',
    'group read with its members': 'all',
    'permissions set': 'all',
  },
  policies: {
    'policy read': 'one',
    'page of policies': 'one',
    'page deep inside': 'one',
    'policy created': 'one',
    'policy replaced': 'one',
    'policy deleted': 'one',
    'user key found': 'one',
  },
  audit: {
    'newest page': 'one',
    'page deep inside': 'one',
    'page of an actor': 'one',
    'page of a key': 'one',
    'page of an action': 'one',
    'page of a day': 'one',
    'page of a quiet actor': 'one',
    'log of a quiet group': 'one',
    'page of no organization': 'one',
    'command with its entry': 'one',
    'nothing old enough to prune': 'one',
  },
  ownerships: {
    'page of ownerships': 'one',
    'page deep inside': 'one',
    'page of a segmented key': 'one',
    'ownerships of a page read': 'one',
    'lock released': 'one',
    'page explained': 'one',
    'all pages listed': 'all',
  },
  changes: {
    'changes since the last': 'one',
    'key revoked': 'one',
    'start of a process': 'all',
    'heap after the start': 'all',
  },
  deletion: { 'organization with its keys deleted': 'all', 'organization with its members deleted': 'all' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Asks>>>>;

export type RoomName = keyof typeof growthCases;
export type CaseName<R extends RoomName> = keyof (typeof growthCases)[R] & string;

/** Largest exponents that count as met. What is above 0 and above 1 is noise, and the logarithm. */
export const MOST_EXPONENT: Readonly<Record<Asks, number>> = { one: 0.15, all: 1.2 };
/** Largest slope between the two largest sizes: noise of one step weighs more than in the whole line. */
export const MOST_LAST_STEP: Readonly<Record<Asks, number>> = { one: 0.3, all: 1.4 };

/** Returns the name under which the figures of a case are printed. */
export function growthName(room: string, name: string, database: string): string {
  return `growth/${room}: ${name}, ${database}`;
}
