import { SUSPENDED } from '../../principal/key/suspended.js';
import type { TableName } from '../../store/rows.js';
import type { WriteTransaction } from '../../store/transaction.js';
import { type BackedUpRow, backedUpTables } from './format.js';
import type { Backup } from './open-backup.js';
import { primaryOf, rowsOf } from './pages.js';

/**
 * Replaces all rows of the database with the rows of a backup, and suspends every key. Existing audit entries are kept,
 * and the audit entries of the backup are added to them.
 *
 * Returns the number of rows in the backup.
 */
export async function replace(tx: WriteTransaction, backup: Backup, now: number): Promise<number> {
  for (const table of backedUpTables) if (!isKept(table)) await clear(tx, table);
  let rows = 0;
  for await (const { table, row } of backup.rows()) {
    if (!isKept(table) || !(await isThere(tx, { table, row } as BackedUpRow))) {
      if (table !== 'revision') await tx.insert(table, row);
    }
    rows += 1;
  }
  if ((await tx.get('setting', SUSPENDED)) === undefined) {
    await tx.insert('setting', { ...SUSPENDED, value: String(now) });
  }
  return rows;
}

/** True for the tables that `replace` does not clear: `audit`, and `revision`, whose row this write has locked. */
function isKept(table: TableName): boolean {
  return table === 'revision' || table === 'audit';
}

async function clear<T extends TableName>(tx: WriteTransaction, table: T): Promise<void> {
  for await (const row of rowsOf(tx, table)) await tx.remove(table, primaryOf(table, row));
}

async function isThere(tx: WriteTransaction, { table, row }: BackedUpRow): Promise<boolean> {
  return (await tx.get(table, primaryOf(table, row))) !== undefined;
}
