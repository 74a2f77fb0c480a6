import { setImmediate } from 'node:timers/promises';
import type { UsageRow } from '../../store/rows.js';
import type { RowStore } from '../../store/store.js';
import type { WriteTransaction } from '../../store/transaction.js';

/** Sums of one key and day that are to be added to the stored ones. */
export type UsageSums = Readonly<UsageRow>;

/** Most permissions stored of one key and day. Further ones are not counted. */
const MAX_PERMISSIONS = 1000;

/** Days for which sums are kept. */
export const USAGE_DAYS = 400;

/** Days before those, of which a process removes what is left. */
const PRUNED_DAYS = 30;

/** Rows per transaction. While SQLite writes one, the event loop is blocked and no other write runs. */
const SLICE = 100;

/** Returns the primary key of sums as one text. */
export function placeOf({ oid, day, keyId }: Pick<UsageRow, 'oid' | 'day' | 'keyId'>): string {
  return `${oid} ${day} ${keyId}`;
}

/** Returns the sum of both. */
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
 * Adds sums to the stored ones, slice by slice, without the revision lock, and removes each written slice from `due`.
 *
 * Rows are locked in the order of their keys, so that two processes never wait for each other.
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

/** Throws `UniqueError` if another process inserts the row at the same time. The next flush adds to it. */
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

/** Removes sums that are older than {@link USAGE_DAYS}, in small transactions without the revision lock. */
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
