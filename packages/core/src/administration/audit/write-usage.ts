import { setImmediate } from 'node:timers/promises';
import type { UsageRow } from '../../store/rows.js';
import type { RowStore } from '../../store/store.js';
import type { WriteTransaction } from '../../store/transaction.js';

/** Usage totals for one key on one day, to be added to the stored totals. */
export type UsageSums = Readonly<UsageRow>;

/** Maximum number of permissions stored for one key on one day. Further permissions are not counted. */
const MAX_PERMISSIONS = 1000;

/** Number of days for which usage totals are kept. */
export const USAGE_DAYS = 400;

/**
 * Number of days for which one run of `pruneUsage` removes usage totals. These are the last days before the period that
 * is kept ({@link USAGE_DAYS} days). A run does not look for totals of earlier days.
 */
const PRUNED_DAYS = 30;

/**
 * Rows per transaction. The number is small, because a SQLite transaction blocks the event loop and all other writes.
 */
const SLICE = 100;

/** Returns the primary key of usage totals as one string. */
export function placeOf({ oid, day, keyId }: Pick<UsageRow, 'oid' | 'day' | 'keyId'>): string {
  return `${oid} ${day} ${keyId}`;
}

/** Returns the sum of two usage totals for the same key and day. */
export function addUsage(one: UsageSums, other: UsageSums): UsageSums {
  const permissions = new Map(Object.entries(one.permissions));
  for (const [name, count] of Object.entries(other.permissions)) {
    if (permissions.has(name) || permissions.size < MAX_PERMISSIONS) {
      permissions.set(name, (permissions.get(name) ?? 0) + count);
    }
  }
  return {
    ...one,
    calls: one.calls + other.calls,
    denials: one.denials + other.denials,
    limited: one.limited + other.limited,
    permissions: Object.fromEntries(permissions),
  };
}

/**
 * Adds the usage totals in `due` to the stored totals. Each entry is removed from `due` after it was stored. Uses small
 * transactions without the revision lock (which security writes take).
 *
 * Rows are locked in the order of their primary keys, so that two processes cannot deadlock.
 */
export async function writeUsage(store: RowStore, due: Map<string, UsageSums>): Promise<void> {
  const sorted = [...due].sort(([a], [b]) => (a < b ? -1 : 1));
  for (let at = 0; at < sorted.length; at += SLICE) {
    const slice = sorted.slice(at, at + SLICE);
    await store.write(async (tx) => {
      for (const [, sums] of slice) await addTo(tx, sums);
    });
    for (const [place] of slice) due.delete(place);
    await setImmediate();
  }
}

/**
 * Adds usage totals to one stored row. Throws `UniqueError` if another process inserts this row at the same time. The
 * next flush then adds the totals to the row that the other process inserted.
 */
async function addTo(tx: WriteTransaction, sums: UsageSums): Promise<void> {
  const { oid, day, keyId } = sums;
  const stored = await tx.get('usage', { oid, day, keyId });
  if (stored === undefined) {
    await tx.insert('usage', sums);
    return;
  }
  const { calls, denials, limited, permissions } = addUsage(stored, sums);
  await tx.update('usage', { oid, day, keyId }, { calls, denials, limited, permissions });
}

/**
 * Removes the usage totals of the last {@link PRUNED_DAYS} days before the period that is kept ({@link USAGE_DAYS}
 * days). Uses small transactions without the revision lock (which security writes take). `today` is the number of days
 * since the Unix epoch.
 */
export async function pruneUsage(store: RowStore, today: number): Promise<void> {
  const oldest = today - USAGE_DAYS;
  for (let day = oldest - PRUNED_DAYS; day < oldest; day++) {
    for (let left = true; left; ) {
      left = await store.write(async (tx) => {
        const rows = await tx.find('usage', { day }, { limit: SLICE });
        for (const { oid, keyId } of rows) await tx.remove('usage', { oid, day, keyId });
        return rows.length === SLICE;
      });
    }
  }
}
