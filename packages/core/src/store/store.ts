import type { KeyMaterial } from './keyring.js';
import type { ChangeRow, RevisionRow, TableName, Tables } from './rows.js';
import type { FeedQuestion, FeedTable, KeyQuestion, KeyTable, RowsOf } from './together.js';

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

/**
 * A look for one row by its primary key, in a single statement on the primary, which is its own snapshot.
 *
 * False: no such row was committed. True: there may be one, and a transaction will tell. Throws, or rejects with,
 * `UnavailableError` when the store cannot be reached. `at-once` where it is embedded, so that nobody waits for it.
 */
export type ExistenceProbe =
  | { readonly kind: 'at-once'; mightExist<T extends TableName>(table: T, key: KeyOf<T>): boolean }
  | { readonly kind: 'asked'; mightExist<T extends TableName>(table: T, key: KeyOf<T>): Promise<boolean> };

/** A use of a secret, by its look-up tag; milliseconds since 1970. */
export interface SecretUse {
  readonly tag: string;
  readonly at: number;
}

/**
 * Writes that no request waits for. Each is one statement in a transaction of its own, and waits for no row that
 * somebody else holds, so that it is over within moments even if this process is stopped.
 */
export interface BackgroundWrites {
  /** Moves the last uses of secrets forward, never back. Gives the tags of those that somebody else held. */
  noteUses(uses: readonly SecretUse[]): Promise<readonly string[]>;
  /** Replaces the hash of a secret while it still is `from`; false where it is not, or somebody else held the row. */
  replaceHash(tag: string, from: string, to: string): Promise<boolean>;
}

/** What a process that knows the changes up to a number has to learn. */
export interface RevisionPage {
  readonly revision: RevisionRow;
  readonly changes: readonly ChangeRow[];
}

/**
 * Rows that last. Core decides everything; a store only keeps.
 *
 * Both kinds of transaction roll back when `work` throws, and rethrow what it threw. A store that cannot be
 * reached throws `UnavailableError`. `work` must not wait for anything but the transaction.
 */
export interface RowStore {
  /** Runs `work` on one snapshot of the primary. */
  read<R>(work: (tx: ReadTransaction) => Promise<R>): Promise<R>;
  /** Tells cheaply that a row is not there. Absent where a transaction costs as little. */
  readonly existenceProbe?: ExistenceProbe;
  /** Runs `work` alone: no other `write` runs between its first and its last statement on rows it touches. */
  write<R>(work: (tx: WriteTransaction) => Promise<R>): Promise<R>;
  /** Absent where a write holds the whole store anyway, and there is no row to wait for. */
  readonly background?: BackgroundWrites;
  /**
   * The revision row and the first `limit` changes after `n`, in order, in one snapshot of the primary.
   *
   * Absent where it would be no cheaper than `read`: it is asked after every push, by every process at once.
   */
  changesAfter?(n: number, limit: number): Promise<RevisionPage>;
  /**
   * Every row that tells what a key is good for, in one snapshot of the primary.
   *
   * Absent where it would be no cheaper than `read`: after a change every process asks for the same keys at once.
   */
  rowsOfKey?(question: KeyQuestion): Promise<RowsOf<KeyTable>>;
  /** A page of changes with the keys they name, in one snapshot of the primary. Absent as `rowsOfKey` is. */
  rowsOfFeed?(question: FeedQuestion): Promise<RowsOf<FeedTable>>;
  /**
   * A number, had without waiting, that is another one whenever another connection has committed; NaN where it cannot
   * be told. Absent where the store never can (then pushes and the regular sync do).
   */
  version?(): number;
  /** Calls `wake` when another process pushed a change; gives the function that stops it. */
  onPush?(wake: () => void): () => void;
  close(): Promise<void>;
}

/** A row store that was opened: it has its revision row, and its key material was unsealed with the master key. */
export interface Store extends RowStore {
  readonly material: KeyMaterial;
}
