import type { ReadTransaction } from '../store/transaction.js';

/** Direction of a walk over nested groups: up to the groups that contain a group, or down to the groups inside it. */
export type Direction = 'up' | 'down';

/** Result of a walk over nested groups. `groups` includes the groups that the walk started from. */
export interface Walk {
  readonly groups: ReadonlySet<string>;
  /** Number of groups on the longest path. Infinity if there is a cycle, or if the walk ended early. */
  readonly depth: number;
  /** For each group, the groups that are one step further in the direction of the walk. */
  readonly next: ReadonlyMap<string, readonly string[]>;
  /** False if the walk ended early because it found more than `atMost` groups. */
  readonly whole: boolean;
}

const WALK_COLUMNS = {
  up: { from: 'child', to: 'gid' },
  down: { from: 'gid', to: 'child' },
} as const;

/**
 * Walks over nested groups, level by level, and reads the neighbors of each group once. Ends early after it has found
 * more than `atMost` groups.
 */
export async function walkGroups(
  tx: ReadTransaction,
  start: Iterable<string>,
  direction: Direction,
  atMost = Number.POSITIVE_INFINITY,
): Promise<Walk> {
  const { from, to } = WALK_COLUMNS[direction];
  const groups = new Set(start);
  const next = new Map<string, string[]>();
  let level = [...groups];
  while (level.length > 0 && groups.size <= atMost) {
    const found: string[] = [];
    for (const row of await tx.findIn('groupChild', from, level)) {
      const neighbours = next.get(row[from]) ?? [];
      neighbours.push(row[to]);
      next.set(row[from], neighbours);
      if (groups.has(row[to])) continue;
      groups.add(row[to]);
      found.push(row[to]);
    }
    level = found;
  }
  const whole = level.length === 0;
  return { groups, next, whole, depth: whole ? longestWay(groups, next) : Number.POSITIVE_INFINITY };
}

/** Returns a group and all groups that a walk reached from it. Reads nothing from the store. */
export function groupsFrom(gid: string, { next }: Pick<Walk, 'next'>): ReadonlySet<string> {
  const found = new Set([gid]);
  // The loop also visits groups that are added to the set while it runs.
  for (const group of found) for (const neighbour of next.get(group) ?? []) found.add(neighbour);
  return found;
}

/**
 * Returns the number of groups on the longest path, or Infinity if there is a cycle. Repeatedly removes the groups that
 * no remaining group leads to, and counts these rounds.
 */
function longestWay(groups: ReadonlySet<string>, next: ReadonlyMap<string, readonly string[]>): number {
  const waiting = new Map<string, number>();
  for (const neighbours of next.values()) {
    for (const group of neighbours) waiting.set(group, (waiting.get(group) ?? 0) + 1);
  }
  let level = [...groups].filter((group) => !waiting.has(group));
  let depth = 0;
  let seen = 0;
  while (level.length > 0) {
    depth += 1;
    seen += level.length;
    const after: string[] = [];
    for (const group of level.flatMap((from) => next.get(from) ?? [])) {
      const left = (waiting.get(group) ?? 0) - 1;
      waiting.set(group, left);
      if (left === 0) after.push(group);
    }
    level = after;
  }
  return seen === groups.size ? depth : Number.POSITIVE_INFINITY;
}
