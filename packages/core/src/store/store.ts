import type { KeyMaterial } from './keyring.js';
import type { CatalogueEntry, ChangeRow, RevisionRow, TableName } from './rows.js';
import type { FeedQuestion, FeedTable, KeyQuestion, KeyTable, RowsOf } from './together.js';
import type { KeyOf, ReadTransaction, WriteTransaction } from './transaction.js';

/**
 * A search for one row by its primary key, with a single statement on the primary, which is its own snapshot.
 *
 * `mightExist` returns false if no such row is committed, and true if there can be one, which a transaction then reads.
 * It throws, or rejects with, `UnavailableError` if the store cannot be reached. The kind is `sync` for an embedded
 * database.
 */
export type ExistenceProbe =
  | { readonly kind: 'sync'; mightExist<T extends TableName>(table: T, key: KeyOf<T>): boolean }
  | { readonly kind: 'async'; mightExist<T extends TableName>(table: T, key: KeyOf<T>): Promise<boolean> };

/** Use of a secret: its look-up tag, and the time in milliseconds since 1970. */
export interface SecretUse {
  readonly tag: string;
  readonly at: number;
}

/**
 * Writes that no request waits for. Each is one statement in its own transaction and does not wait for locked rows, so
 * it ends within moments even if this process is stopped.
 */
export interface BackgroundWrites {
  /** Moves the last uses of secrets forward, never back. Returns the tags of rows that were locked and so skipped. */
  noteUses(uses: readonly SecretUse[]): Promise<readonly string[]>;
  /** Replaces the hash of a secret if it is still `from`. Returns false if it is not, or if the row was locked. */
  replaceHash(tag: string, from: string, to: string): Promise<boolean>;
}

/** Options for a write that waits among many. A store can ignore it. */
export interface WriteOrder {
  /** True for a write that takes the lock of all security writes. @default false */
  readonly locksRevision?: boolean | undefined;
  /** True for a write that only revokes: it does not wait behind writes that do something else. @default false */
  readonly isUrgent?: boolean | undefined;
  /** Name of the caller. Callers take turns. @default all writes without a caller count as those of one */
  readonly caller?: string | undefined;
}

/** The changes after those that a process has read already. */
export interface RevisionPage {
  readonly revision: RevisionRow;
  readonly changes: readonly ChangeRow[];
}

/**
 * Durable storage of rows. A store only stores; all decisions are made by core.
 *
 * Both kinds of transaction roll back if `work` throws, and rethrow its error. A store that cannot be reached throws
 * `UnavailableError`. `work` must not wait for anything except the transaction.
 */
export interface RowStore {
  /** Runs `work` on one snapshot of the primary. */
  read<R>(work: (tx: ReadTransaction) => Promise<R>): Promise<R>;
  /** Finds out cheaply that a row does not exist. Absent if a transaction is as cheap. */
  readonly existenceProbe?: ExistenceProbe;
  /** Runs `work` in isolation: no other `write` changes the rows it uses between its first and last statement. */
  write<R>(work: (tx: WriteTransaction) => Promise<R>, order?: WriteOrder): Promise<R>;
  /** Background writes. Absent if a transaction is as cheap, and no write locks single rows that they would skip. */
  readonly background?: BackgroundWrites;
  /**
   * Returns the revision row and the first `limit` changes after `n`, in order, in one snapshot of the primary.
   *
   * Every process calls it at the same time after every push. Absent if it would not be cheaper than `read`.
   */
  changesAfter?(n: number, limit: number): Promise<RevisionPage>;
  /**
   * Returns every row that the rights of a key depend on, in one snapshot of the primary.
   *
   * After a change, every process reads the same keys at the same time. Absent if it would not be cheaper than `read`.
   */
  rowsOfKey?(question: KeyQuestion): Promise<RowsOf<KeyTable>>;
  /** Returns a page of changes with the keys they name, in one snapshot. Absent in the same cases as `rowsOfKey`. */
  rowsOfFeed?(question: FeedQuestion): Promise<RowsOf<FeedTable>>;
  /**
   * Returns, without waiting, a number that differs whenever another connection has committed; NaN if that is unknown.
   *
   * Absent if the store has no such number. Processes then depend on pushes and the regular sync.
   */
  version?(): number;
  /** Calls `wake` when another process has pushed a change. Returns the function that ends this. */
  onPush?(wake: () => void): () => void;
  /** Closes the store and its connections. */
  close(): Promise<void>;
}

/** The catalogue that a database keeps, as this process knows it. Undefined while the database keeps none. */
export interface KeptCatalogue {
  entries: readonly CatalogueEntry[] | undefined;
}

/** An opened row store: its revision row exists, and its key material was unsealed with the master key. */
export interface Store extends RowStore {
  readonly material: KeyMaterial;
  /** Read when the store is opened, and written when this process stores one. */
  readonly keptCatalogue?: KeptCatalogue;
}
