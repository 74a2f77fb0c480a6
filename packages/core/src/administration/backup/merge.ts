import type { TableName, Tables } from '../../store/rows.js';
import { schema } from '../../store/schema.js';
import type { WriteTransaction } from '../../store/transaction.js';
import { compareValues } from '../../store/values.js';
import type { BackedUpRow } from './format.js';
import { type GivingTable, type NarrowBy, narrowing } from './narrow.js';
import type { Backup } from './open-backup.js';
import { primaryOf, rowsOf } from './pages.js';

/** Numbers of rows that a merge removed or narrowed. */
export interface Merged {
  /** Number of rows that grant rights and were removed because the backup does not contain them. */
  readonly removed: number;
  /** Number of rows that were changed because the same row in the backup grants fewer rights or expires earlier. */
  readonly narrowed: number;
}

/**
 * Merges a backup into the database: revokes all rights that were granted since the backup. A merge grants no rights,
 * so rights that were revoked since the backup stay revoked.
 *
 * The rows of the backup and the rows of the database are in the same order, so both are read once, in parallel.
 */
export async function merge(tx: WriteTransaction, backup: Backup, by: NarrowBy): Promise<Merged> {
  const then = new Cursor(backup.rows());
  await then.advance();
  const merged = { removed: 0, narrowed: 0 };
  // `schema` has the order of the rows in a backup.
  for (const table of Object.keys(schema).filter(isGiving)) {
    const { removed, narrowed } = await mergeTable(tx, table, then, by);
    merged.removed += removed;
    merged.narrowed += narrowed;
  }
  // Reads the backup to its end, because its digest is checked after the last row.
  while (then.row !== undefined) await then.advance();
  return merged;
}

async function mergeTable<T extends GivingTable>(
  tx: WriteTransaction,
  table: T,
  then: Cursor,
  by: NarrowBy,
): Promise<Merged> {
  let removed = 0;
  let narrowed = 0;
  for await (const row of rowsOf(tx, table)) {
    const before = await then.find(table, row);
    if (before === undefined) {
      await tx.remove(table, primaryOf(table, row));
      removed += 1;
    } else if (await update(tx, table, row, narrowing[table](row, before, by))) {
      narrowed += 1;
    }
  }
  return { removed, narrowed };
}

async function update<T extends TableName>(
  tx: WriteTransaction,
  table: T,
  row: Tables[T],
  narrowed: Partial<Tables[T]>,
): Promise<boolean> {
  const patch = { ...narrowed };
  for (const column of keysOf(patch)) {
    if (JSON.stringify(patch[column]) === JSON.stringify(row[column])) delete patch[column];
  }
  return Object.keys(patch).length > 0 && (await tx.update(table, primaryOf(table, row), patch));
}

function keysOf<R extends object>(row: R): readonly Extract<keyof R, string>[] {
  return Object.keys(row) as Extract<keyof R, string>[];
}

/** Reads a backup row by row, in parallel with the rows of the database. */
class Cursor {
  readonly #rows: AsyncGenerator<BackedUpRow>;
  row: BackedUpRow | undefined;

  constructor(rows: AsyncGenerator<BackedUpRow>) {
    this.#rows = rows;
  }

  async advance(): Promise<void> {
    const next = await this.#rows.next();
    this.row = next.done ? undefined : next.value;
  }

  /**
   * Returns the row of the backup that has the same primary key as `row`. Returns undefined if the backup does not
   * contain the row. Calls must follow the order in which the database yields its rows.
   */
  async find<T extends TableName>(table: T, row: Tables[T]): Promise<Tables[T] | undefined> {
    while (this.row !== undefined && comesBefore(this.row, table, row)) await this.advance();
    const found = this.row;
    if (found?.table !== table) return undefined;
    const candidate = found.row as Tables[T];
    return compareRows(table, candidate, row) === 0 ? candidate : undefined;
  }
}

const places = new Map(Object.keys(schema).map((table, place) => [table, place]));

function comesBefore<T extends TableName>(found: BackedUpRow, table: T, row: Tables[T]): boolean {
  if (found.table !== table) return (places.get(found.table) ?? 0) < (places.get(table) ?? 0);
  return compareRows(table, found.row as Tables[T], row) < 0;
}

function compareRows<T extends TableName>(table: T, one: Tables[T], other: Tables[T]): number {
  for (const column of schema[table].primary) {
    const order = compareValues(one[column], other[column]);
    if (order !== 0) return order;
  }
  return 0;
}

function isGiving(table: string): table is GivingTable {
  return Object.hasOwn(narrowing, table);
}
