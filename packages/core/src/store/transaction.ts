import type { PolicyRow, RevisionRow, TableName, Tables } from './rows.js';

/** Values for the columns of a table's primary key. */
export type KeyOf<T extends TableName> = Partial<Tables[T]>;

/** Selects a page of rows: at most `limit` rows that come after `after` in primary-key order. */
export interface Page<T extends TableName> {
  /**
   * Primary key after which the page starts, or the first columns of such a key. A row with the same values in these
   * columns is not on the page.
   */
  readonly after?: KeyOf<T>;
  readonly limit: number;
  /**
   * Reverses the primary-key order.
   *
   * @default false
   */
  readonly descending?: boolean;
  /**
   * True if the reader accepts any matching rows in any order, so that a store need not sort all matching rows. Cannot
   * be combined with `after`. A store may ignore this option.
   *
   * @default false
   */
  readonly anyOrder?: boolean;
}

/** Reads from one snapshot, so that no row changes between two calls. */
export interface ReadTransaction {
  /** Returns the row with exactly this primary key. */
  get<T extends TableName>(table: T, key: KeyOf<T>): Promise<Tables[T] | undefined>;
  /** Returns the rows whose columns equal `where` (null matches null), in primary-key order. */
  find<T extends TableName>(table: T, where: Partial<Tables[T]>, page?: Page<T>): Promise<readonly Tables[T][]>;
  /**
   * Returns at most `limit` rows whose `column` equals one of `values`. The order of the rows is unspecified. Runs one
   * statement.
   */
  findIn<T extends TableName>(
    table: T,
    column: keyof Tables[T] & string,
    values: readonly string[],
    limit?: number,
  ): Promise<readonly Tables[T][]>;
  /**
   * Returns the policies that belong to one of these organizations, or to any organization if `oids` is `all`, and that
   * grant something to one of these groups. The order of the policies is unspecified.
   *
   * A store should run one statement for many organizations and use an index by group, because an organization may have
   * a thousand policies of which only a few concern a group.
   */
  findPolicies(oids: readonly string[] | 'all', gids: readonly string[]): Promise<readonly PolicyRow[]>;
  /**
   * Returns the ids of the organizations to which the result of `findPolicies` would belong. Does not return policies.
   */
  findPolicyOrganizations(oids: readonly string[] | 'all', gids: readonly string[]): Promise<readonly string[]>;
}

/** A transaction that can also write. Its writes become visible to other transactions all at once, or not at all. */
export interface WriteTransaction extends ReadTransaction {
  /**
   * Locks the revision row until the transaction ends, and returns it.
   *
   * Every security write calls this first, so that revisions have no gaps and become visible in the order of commits.
   */
  lockRevision(): Promise<RevisionRow>;
  /**
   * Counts the rows whose columns equal `where`, without reading or locking them. If there are more than `most` such
   * rows, a store should stop counting and return `most`, but may return the full number.
   */
  count<T extends TableName>(table: T, where: Partial<Tables[T]>, most?: number): Promise<number>;
  /** Inserts a row. @throws UniqueError if another row has the same primary key or unique values */
  insert<T extends TableName>(table: T, row: Tables[T]): Promise<void>;
  /** Inserts several rows, with few statements. @throws UniqueError under the same conditions as `insert` */
  insertAll<T extends TableName>(table: T, rows: readonly Tables[T][]): Promise<void>;
  /** Updates the row with this primary key. Returns false if there is no such row. */
  update<T extends TableName>(table: T, key: KeyOf<T>, patch: Partial<Tables[T]>): Promise<boolean>;
  /** Removes the rows whose columns equal `where`. Returns the number of rows. @throws TypeError if `where` is empty */
  remove<T extends TableName>(table: T, where: Partial<Tables[T]>): Promise<number>;
  /**
   * Removes the rows whose `column` equals one of `values`, and whose other columns equal `where`. Returns the number
   * of removed rows. A store should run one statement for many values.
   */
  removeIn<T extends TableName>(
    table: T,
    column: keyof Tables[T] & string,
    values: readonly string[],
    where?: Partial<Tables[T]>,
  ): Promise<number>;
}

/**
 * Error that `insert` throws if the row conflicts with an existing row.
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
