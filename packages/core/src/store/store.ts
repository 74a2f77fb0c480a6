import type { KeyMaterial } from './keyring.js';
import type { CatalogueEntry, ChangeRow, RevisionRow, TableName } from './rows.js';
import type { FeedQuestion, FeedTable, KeyQuestion, KeyTable, RowsOf } from './together.js';
import type { KeyOf, ReadTransaction, WriteTransaction } from './transaction.js';

/**
 * Checks with a single statement on the primary database, without a transaction, whether a row may exist.
 *
 * `mightExist` returns false if no row with this primary key is committed. If `mightExist` returns true, the row may or
 * may not exist, and the caller must read it in a transaction. `mightExist` throws or rejects with `UnavailableError`
 * if the store cannot be reached. The kind is `sync` for an embedded database.
 */
export type ExistenceProbe =
  | { readonly kind: 'sync'; mightExist<T extends TableName>(table: T, key: KeyOf<T>): boolean }
  | { readonly kind: 'async'; mightExist<T extends TableName>(table: T, key: KeyOf<T>): Promise<boolean> };

/** A use of a secret: the secret's lookup tag, and the time in milliseconds since the Unix epoch. */
export interface SecretUse {
  readonly tag: string;
  readonly at: number;
}

/**
 * Writes that no request waits for. Each write is one statement in its own transaction and skips locked rows, so it
 * completes quickly and never blocks other processes for long, even if this process is stopped.
 */
export interface BackgroundWrites {
  /** Sets the last-use times of secrets, unless a later time is stored. Returns the tags of skipped (locked) rows. */
  noteUses(uses: readonly SecretUse[]): Promise<readonly string[]>;
  /**
   * Replaces a secret's hash if the stored hash is still `from`. Returns false if the stored hash is not `from`, or if
   * the row is locked.
   */
  replaceHash(tag: string, from: string, to: string): Promise<boolean>;
}

/** Hints on the order in which waiting writes run. A store may ignore them. */
export interface WriteOrder {
  /** True for a write that takes the revision lock, which all security writes share. @default false */
  readonly locksRevision?: boolean | undefined;
  /** True for a write that only revokes. Such a write has priority over other waiting writes. @default false */
  readonly isUrgent?: boolean | undefined;
  /**
   * Name of the caller, so that the writes of several callers take turns. By default, all writes without a name count
   * as writes of one caller.
   */
  readonly caller?: string | undefined;
}

/** The current revision, and the changes that a process has not read yet. */
export interface RevisionPage {
  readonly revision: RevisionRow;
  readonly changes: readonly ChangeRow[];
}

/**
 * Durable storage of rows. A store makes no security decisions.
 *
 * If `work` throws, the transaction rolls back, and the error is rethrown. If the store cannot be reached, the methods
 * of the store reject with `UnavailableError`. `work` must not await anything except calls of its transaction.
 */
export interface RowStore {
  /** Runs `work` on one snapshot of the primary database. */
  read<R>(work: (tx: ReadTransaction) => Promise<R>): Promise<R>;
  /** Checks with one statement whether a row may exist. Optional: a store omits it if a transaction costs no more. */
  readonly existenceProbe?: ExistenceProbe;
  /** Runs `work` in isolation: while `work` runs, no other `write` changes the rows that `work` uses. */
  write<R>(work: (tx: WriteTransaction) => Promise<R>, order?: WriteOrder): Promise<R>;
  /** Background writes. Optional: a store omits them if `write` costs no more and cannot be blocked by row locks. */
  readonly background?: BackgroundWrites;
  /**
   * Returns the revision row and the first `limit` changes after `n`, in order, from one snapshot of the primary
   * database.
   *
   * After every push (a message that another process has made a change), all processes call this method at the same
   * time. Optional: a store omits this method if `read` costs no more.
   */
  changesAfter?(n: number, limit: number): Promise<RevisionPage>;
  /**
   * Returns every row that the rights of a key depend on, from one snapshot of the primary database. Returns undefined
   * if there are too many. The caller then checks the key in a transaction, before it reads the rows of the key's user.
   *
   * After a change, all processes read the same keys at the same time. Optional: a store omits this method if `read`
   * costs no more.
   */
  rowsOfKey?(question: KeyQuestion): Promise<RowsOf<KeyTable> | undefined>;
  /**
   * Returns a page of changes and the keys that they affect, from one snapshot of the primary database. Optional: a
   * store omits this method if `read` costs no more.
   */
  rowsOfFeed?(question: FeedQuestion): Promise<RowsOf<FeedTable>>;
  /**
   * Returns a number that changes whenever another connection commits, or NaN if it cannot be read. Does not wait.
   *
   * Optional: a store without such a number omits this method. Processes then learn of changes by pushes and by
   * periodic syncs (reads of the revision).
   */
  version?(): number;
  /** Calls `wake` whenever another process has made a change. Returns a function that removes this listener. */
  onPush?(wake: () => void): () => void;
  /** Closes the store and its connections. */
  close(): Promise<void>;
}

/**
 * The permission catalogue stored in the database, as this process last read or wrote it. `entries` is undefined if no
 * catalogue is stored.
 */
export interface KeptCatalogue {
  entries: readonly CatalogueEntry[] | undefined;
}

/** An opened row store, whose revision row exists and whose key material was decrypted with the master key. */
export interface Store extends RowStore {
  readonly material: KeyMaterial;
  /**
   * The stored permission catalogue. It is read when the store is opened, and updated when this process stores a
   * catalogue.
   */
  readonly keptCatalogue?: KeptCatalogue;
}
