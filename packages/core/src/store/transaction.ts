import type { PolicyRow, RevisionRow, TableName, Tables } from './rows.js';

/** Values for the columns of a table's primary key. */
export type KeyOf<T extends TableName> = Partial<Tables[T]>;

/**
 * A page of a list: at most `limit` rows that come after `after` in primary-key order.
 */
export interface Page<T extends TableName> {
  /** A primary key, or its first columns. Rows that equal it in these columns are not after it. */
  readonly after?: KeyOf<T>;
  readonly limit: number;
  /**
   * Reverses the primary-key order.
   *
   * @default false
   */
  readonly descending?: boolean;
}

/** Reads of one snapshot: no row changes between two calls. */
export interface ReadTransaction {
  /** Returns the row with exactly this primary key. */
  get<T extends TableName>(table: T, key: KeyOf<T>): Promise<Tables[T] | undefined>;
  /** Returns the rows whose columns equal `where` (null matches null), in primary-key order. */
  find<T extends TableName>(table: T, where: Partial<Tables[T]>, page?: Page<T>): Promise<readonly Tables[T][]>;
  /** Returns at most `limit` rows whose `column` is one of `values`, in no order, with one statement. */
  findIn<T extends TableName>(
    table: T,
    column: keyof Tables[T] & string,
    values: readonly string[],
    limit?: number,
  ): Promise<readonly Tables[T][]>;
  /**
   * Returns the policies of the organizations `oids`, or of all, that name one of the groups `gids`, in no order, by
   * one statement for many organizations. An organization can have a thousand policies, and few of them name one group.
   */
  findPolicies(oids: readonly string[] | 'all', gids: readonly string[]): Promise<readonly PolicyRow[]>;
  /** Returns those of the organizations `oids`, or of all, that have such a policy, each once. Reads no policy. */
  findPolicyOrganizations(oids: readonly string[] | 'all', gids: readonly string[]): Promise<readonly string[]>;
}

/** Writes of one transaction. Either all of them become visible together, or none does. */
export interface WriteTransaction extends ReadTransaction {
  /**
   * Locks the revision row until the transaction ends, and returns it.
   *
   * Every security write calls this first, so that revisions have no gap and become visible in commit order.
   */
  lockRevision(): Promise<RevisionRow>;
  /** Returns the number of rows whose columns equal `where`, without reading or locking them. */
  count<T extends TableName>(table: T, where: Partial<Tables[T]>): Promise<number>;
  /** Inserts a row. @throws UniqueError if the primary key or a unique column set is taken */
  insert<T extends TableName>(table: T, row: Tables[T]): Promise<void>;
  /** Inserts all rows with few statements. @throws UniqueError under the same conditions as `insert` */
  insertAll<T extends TableName>(table: T, rows: readonly Tables[T][]): Promise<void>;
  /** Updates the row with this primary key. Returns false if there is none. */
  update<T extends TableName>(table: T, key: KeyOf<T>, patch: Partial<Tables[T]>): Promise<boolean>;
  /** Removes all rows whose columns equal `where`, and returns their number. @throws TypeError for an empty `where` */
  remove<T extends TableName>(table: T, where: Partial<Tables[T]>): Promise<number>;
}

/**
 * Error of `insert` if the row conflicts with another.
 *
 * @example
 * try {
 *   await store.write((tx) => tx.insert('setting', { name: 'color', value: 'green' }));
 * } catch (error) {
 *   if (!(error instanceof UniqueError)) throw error; // another process was first
 * }
 */
export class UniqueError extends Error {
  override readonly name = 'UniqueError';
  readonly table: TableName;

  constructor(table: TableName, cause?: unknown) {
    super(`a row of ${table} with this key is there already`, { cause });
    this.table = table;
  }
}
