import { matchesRow, namesGroup, slice } from './memory-rows.js';
import type { PolicyRow, TableName, Tables } from './rows.js';
import type { ReadTransaction } from './transaction.js';
import { assertPrimary, isMatchable } from './values.js';

/** Rows of some tables, all of one snapshot, in primary-key order. */
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

/** The key whose rows are read together. */
export interface KeyQuestion {
  /** Look-up tag of the secret. Its key, and all rows that the key depends on, are read with it. */
  readonly tag: string;
  /** Id of another key whose row alone is read: the key of the calling service. */
  readonly keyId: string | null;
  /** Name of the setting that is read. */
  readonly setting: string;
}

/** The tables of a page of the change feed. */
export type FeedTable = 'revision' | 'setting' | 'change' | 'key';

/** The changes that are read together with the keys they name. */
export interface FeedQuestion {
  readonly after: number;
  readonly limit: number;
  /** Id of another key that is read: the key of the calling service. */
  readonly keyId: string;
  readonly setting: string;
}

/**
 * Creates a transaction that reads from rows that were read together.
 *
 * A row that is not among them is treated as missing, so they must contain every row that the reader needs.
 *
 * @throws TypeError for a table that is not among them.
 */
export function readGathered(rows: Partial<RowsOf<TableName>>): ReadTransaction {
  const indexes = new Map<string, ReadonlyMap<unknown, readonly unknown[]>>();

  /** Returns the rows of a table with one value in one column, by an index instead of a scan. */
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
