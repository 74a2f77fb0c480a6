import type { TableName, Tables } from '../../store/rows.js';
import { schema } from '../../store/schema.js';
import type { WriteTransaction } from '../../store/transaction.js';
import { compareValues } from '../../store/values.js';
import type { BackedUpRow } from './format.js';
import { type GivingTable, type NarrowBy, narrowing } from './narrow.js';
import type { Backup } from './open-backup.js';
import { primaryOf, rowsOf } from './pages.js';

/** What became of the rows that give somebody something. */
export interface Merged {
  /** Rows that the backup has not got. */
  readonly removed: number;
  /** Rows that gave less in the backup, or end earlier by it. */
  readonly narrowed: number;
}

/**
 * Takes back what was given since the backup, and gives nothing: what was ended since stays ended.
 *
 * Backup and table are in the same order, so that both are read once, side by side.
 */
export async function merge(tx: WriteTransaction, backup: Backup, by: NarrowBy): Promise<Merged> {
  const then = new Cursor(backup.rows());
  await then.advance();
  const merged = { removed: 0, narrowed: 0 };
  // The order of `schema`, which the rows of a backup stand in.
  for (const table of Object.keys(schema).filter(isGiving)) {
    const { removed, narrowed } = await mergeTable(tx, table, then, by);
    merged.removed += removed;
    merged.narrowed += narrowed;
  }
  // To its end, where its digest is compared.
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

/** Reads the rows of a backup as far as one is asked for. */
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

  /** The row with the same primary key, where the backup has it. Tables and rows are asked for in its order. */
  async find<T extends TableName>(table: T, row: Tables[T]): Promise<Tables[T] | undefined> {
    while (this.row !== undefined && comesBefore(this.row, table, row)) await this.advance();
    const found = this.row;
    if (found?.table !== table) return undefined;
    const candidate = found.row as Tables[T];
    return compare(table, candidate, row) === 0 ? candidate : undefined;
  }
}

const places = new Map(Object.keys(schema).map((table, place) => [table, place]));

function comesBefore<T extends TableName>(found: BackedUpRow, table: T, row: Tables[T]): boolean {
  if (found.table !== table) return (places.get(found.table) ?? 0) < (places.get(table) ?? 0);
  return compare(table, found.row as Tables[T], row) < 0;
}

function compare<T extends TableName>(table: T, one: Tables[T], other: Tables[T]): number {
  for (const column of schema[table].primary) {
    const order = compareValues(one[column], other[column]);
    if (order !== 0) return order;
  }
  return 0;
}

function isGiving(table: string): table is GivingTable {
  return Object.hasOwn(narrowing, table);
}
