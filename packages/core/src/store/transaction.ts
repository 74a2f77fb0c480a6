import type { RevisionRow, TableName, Tables } from './rows.js';

/** The columns of a table's primary key. */
export type KeyOf<T extends TableName> = Partial<Tables[T]>;

/**
 * A slice of a list: rows after `after` in primary-key order, `limit` of them at most.
 *
 * `after` holds the first columns of the primary key, or all of them; rows equal in those columns are not after it.
 */
export interface Page<T extends TableName> {
  /** A primary key, or its first columns: then the rows that equal it in these are not after it. */
  readonly after?: KeyOf<T>;
  readonly limit: number;
  /** Newest first: primary-key order reversed. */
  readonly descending?: boolean;
}

/** Reads of one snapshot: no row changes between two calls. */
export interface ReadTransaction {
  /** The row with exactly this primary key. */
  get<T extends TableName>(table: T, key: KeyOf<T>): Promise<Tables[T] | undefined>;
  /** Rows whose columns equal `where` (null matches null), in primary-key order. */
  find<T extends TableName>(table: T, where: Partial<Tables[T]>, page?: Page<T>): Promise<readonly Tables[T][]>;
  /** Rows whose `column` is one of `values`, in no order, `limit` at most: one statement for many values. */
  findIn<T extends TableName>(
    table: T,
    column: keyof Tables[T] & string,
    values: readonly string[],
    limit?: number,
  ): Promise<readonly Tables[T][]>;
}

/** Writes of one transaction: all become visible together, or none. */
export interface WriteTransaction extends ReadTransaction {
  /**
   * Takes the lock of the revision row until the transaction ends and gives the row.
   *
   * Every security write calls this first, so revisions have no gap and become visible in commit order.
   */
  lockRevision(): Promise<RevisionRow>;
  /** How many rows have columns that equal `where`. Reads none of them, and locks none. */
  count<T extends TableName>(table: T, where: Partial<Tables[T]>): Promise<number>;
  /** @throws UniqueError when the primary key or a unique column set is taken. */
  insert<T extends TableName>(table: T, row: Tables[T]): Promise<void>;
  /** Inserts all of them, in few statements. @throws UniqueError as `insert` does. */
  insertAll<T extends TableName>(table: T, rows: readonly Tables[T][]): Promise<void>;
  /** Changes the row with this primary key; false when there is none. */
  update<T extends TableName>(table: T, key: KeyOf<T>, patch: Partial<Tables[T]>): Promise<boolean>;
  /** Removes every row whose columns equal `where`; gives their number. An empty `where` is refused. */
  remove<T extends TableName>(table: T, where: Partial<Tables[T]>): Promise<number>;
}

/** Thrown by `insert` when the row clashes with another. */
export class UniqueError extends Error {
  override readonly name = 'UniqueError';
  readonly table: TableName;

  constructor(table: TableName, cause?: unknown) {
    super(`a row of ${table} with this key is there already`, { cause });
    this.table = table;
  }
}
