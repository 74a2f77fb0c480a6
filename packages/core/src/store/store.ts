import type { KeyMaterial } from './keyring.js';
import type { ChangeRow, RevisionRow, TableName } from './rows.js';
import type { FeedQuestion, FeedTable, KeyQuestion, KeyTable, RowsOf } from './together.js';
import type { KeyOf, ReadTransaction, WriteTransaction } from './transaction.js';

/**
 * A look for one row by its primary key, in a single statement on the primary, which is its own snapshot.
 *
 * False: no such row was committed. True: there may be one, and a transaction will tell. Throws, or rejects with,
 * `UnavailableError` when the store cannot be reached. `at-once` where it is embedded, so that nobody waits for it.
 */
export type ExistenceProbe =
  | { readonly kind: 'sync'; mightExist<T extends TableName>(table: T, key: KeyOf<T>): boolean }
  | { readonly kind: 'async'; mightExist<T extends TableName>(table: T, key: KeyOf<T>): Promise<boolean> };

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
