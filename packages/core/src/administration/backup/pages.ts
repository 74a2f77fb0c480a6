import type { TableName, Tables } from '../../store/rows.js';
import { schema } from '../../store/schema.js';
import type { KeyOf, ReadTransaction } from '../../store/transaction.js';

const ROWS_PER_PAGE = 1000;

/**
 * Yields every row of a table in primary-key order. Reads the table page by page. During the iteration, the caller may
 * change or remove rows that were already yielded.
 */
export async function* rowsOf<T extends TableName>(tx: ReadTransaction, table: T): AsyncGenerator<Tables[T]> {
  let after: KeyOf<T> | undefined;
  for (;;) {
    const page = await tx.find(
      table,
      {},
      after === undefined ? { limit: ROWS_PER_PAGE } : { after, limit: ROWS_PER_PAGE },
    );
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < ROWS_PER_PAGE) return;
    after = primaryOf(table, last);
  }
}

/** Returns the primary key of a row. */
export function primaryOf<T extends TableName>(table: T, row: Tables[T]): KeyOf<T> {
  const key: Partial<Tables[T]> = {};
  for (const column of schema[table].primary) key[column] = row[column];
  return key;
}
