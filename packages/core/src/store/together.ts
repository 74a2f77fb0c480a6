import { matchesRow, slice } from './memory-rows.js';
import type { TableName, Tables } from './rows.js';
import type { ReadTransaction } from './transaction.js';
import { assertPrimary, isMatchable } from './values.js';

/** Every row that may be asked for of some tables, all of one snapshot, in primary-key order. */
export type RowsOf<T extends TableName> = { readonly [N in T]: readonly Tables[N][] };

/** The tables that say what a key is good for. */
export type KeyTable =
  | 'revision'
  | 'setting'
  | 'secret'
  | 'key'
  | 'identity'
  | 'organization'
  | 'user'
  | 'membership'
  | 'consent'
  | 'groupMember'
  | 'groupChild'
  | 'group'
  | 'groupOrganization'
  | 'policy';

/** Whose rows are read together. */
export interface KeyQuestion {
  /** Look-up tag of the secret. Its key, and all that this hangs on, is read with it. */
  readonly tag: string;
  /** A further key, of which its row alone is read: the service that asks. */
  readonly keyId: string | null;
  /** The one setting that is read. */
  readonly setting: string;
}

/** The tables of a page of changes. */
export type FeedTable = 'revision' | 'setting' | 'change' | 'key';

/** Which changes are read together, with the keys they name. */
export interface FeedQuestion {
  readonly after: number;
  readonly limit: number;
  /** A further key: the service that asks. */
  readonly keyId: string;
  readonly setting: string;
}

/**
 * Reads from rows that were read together, as a transaction reads from the store.
 *
 * A row that is not among them is missing: whoever reads them must have been given all that the reader asks for.
 *
 * @throws TypeError for a table that is none of theirs.
 */
export function readGathered(rows: Partial<RowsOf<TableName>>): ReadTransaction {
  const indexes = new Map<string, ReadonlyMap<unknown, readonly unknown[]>>();

  /** Rows of a table with one value in one column: a list is not walked for each of many. */
  function having<T extends TableName>(table: T, column: keyof Tables[T] & string, value: unknown) {
    const name = `${table} ${column}`;
    const index = indexes.get(name) ?? indexBy(rowsOf(table), column);
    indexes.set(name, index);
    return (index.get(value) ?? []) as readonly Tables[T][];
  }

  function rowsOf<T extends TableName>(table: T): readonly Tables[T][] {
    const found = rows[table];
    if (found === undefined) throw new TypeError(`${table} was not read together with the others`);
    return found;
  }

  function find<T extends TableName>(table: T, where: Partial<Tables[T]>): readonly Tables[T][] {
    if (!isMatchable(table, where)) return [];
    for (const column in where) {
      return having(table, column, where[column]).filter((row) => matchesRow(row, where));
    }
    return rowsOf(table);
  }

  return {
    async get(table, key) {
      assertPrimary(table, key);
      return find(table, key)[0];
    },
    async find(table, where, page) {
      const found = find(table, where);
      return page === undefined ? found : slice(table, found, page);
    },
    async findIn(table, column, values, limit) {
      return [...new Set(values)].flatMap((value) => having(table, column, value)).slice(0, limit);
    },
  };
}

function indexBy<R>(rows: readonly R[], column: keyof R): ReadonlyMap<unknown, readonly R[]> {
  const index = new Map<unknown, R[]>();
  for (const row of rows) {
    const same = index.get(row[column]);
    if (same === undefined) index.set(row[column], [row]);
    else same.push(row);
  }
  return index;
}
