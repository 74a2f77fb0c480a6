import { matchesRow, namesGroup, slice } from './memory/memory-rows.js';
import type { PolicyRow, TableName, Tables } from './rows.js';
import type { ReadTransaction } from './transaction.js';
import { assertPrimary, isMatchable } from './values.js';

/** Rows of several tables, read from one snapshot, in primary-key order. */
export type RowsOf<T extends TableName> = { readonly [N in T]: readonly Tables[N][] };

/** The tables that the rights of a key depend on. */
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

/** Identifies a key for `rowsOfKey`, which reads all rows that the key's rights depend on. */
export interface KeyQuestion {
  /** Lookup tag of a secret of the key. */
  readonly tag: string;
  /** Id of the key of the service that asks. The row of that key is read as well. Null if no service asks. */
  readonly keyId: string | null;
  /** Name of a setting. The row of that setting is read as well. */
  readonly setting: string;
}

/** The tables that a page of the change feed is read from. */
export type FeedTable = 'revision' | 'setting' | 'change' | 'key';

/** Selects a page of changes for `rowsOfFeed`, which reads these changes and the keys that the changes affect. */
export interface FeedQuestion {
  readonly after: number;
  readonly limit: number;
  /** Id of the key of the service that asks. The row of that key is read as well. */
  readonly keyId: string;
  /** Name of a setting. The row of that setting is read as well. */
  readonly setting: string;
}

/**
 * Creates a read transaction that takes rows from `rows`, which were read before, instead of from the database.
 *
 * A row that is not in `rows` is treated as nonexistent, so `rows` must contain every row that the reader needs.
 *
 * @throws TypeError if the reader uses a table that is not in `rows`
 */
export function readGathered(rows: Partial<RowsOf<TableName>>): ReadTransaction {
  const indexes = new Map<string, ReadonlyMap<unknown, readonly unknown[]>>();

  /** Returns the rows of a table with the given value in the given column. Uses an index instead of a scan. */
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

  function findPolicies(oids: readonly string[] | 'all', gids: readonly string[]): readonly PolicyRow[] {
    const found = oids === 'all' ? rowsOf('policy') : [...new Set(oids)].flatMap((oid) => having('policy', 'oid', oid));
    return found.filter((policy) => namesGroup(policy, gids));
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
    findPolicies: async (oids, gids) => findPolicies(oids, gids),
    async findPolicyOrganizations(oids, gids) {
      return [...new Set(findPolicies(oids, gids).map(({ oid }) => oid))];
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
