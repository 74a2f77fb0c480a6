import { randomBytes } from 'node:crypto';
import { OptionError, parseMasterKey } from '@flairgate/core';
import { assertKnownOptions, parseInteger } from '@flairgate/core/internal';
import { openStore, type RowStore, type Store } from '@flairgate/core/store';
import type { SqliteHandle } from './connection.js';
import { createMasterKey, readMasterKey } from './master-key-file.js';
import { handleRows, openFile, openMemory } from './open-rows.js';

interface SqliteOptions {
  /** Maximum time that a write waits for other writes, in milliseconds. @default 5000 */
  readonly busyTimeoutMs?: number | undefined;
  /** True to refuse a database that must be migrated, instead of migrating it. @default false */
  readonly mustBeCurrent?: boolean | undefined;
}

export type SqliteStoreOptions = SqliteOptions &
  (
    | {
        /**
         * Path of the database file, created if missing, or `:memory:` for a database that is lost when the process
         * exits.
         */
        readonly file: string;
        /**
         * 32 random bytes, or the same bytes in base64url or hexadecimal. By default, the text in `FILE.master-key`.
         * The first process creates that file, and only its owner can read it. Keep a copy: without the master key, the
         * API keys in the database can no longer be used.
         */
        readonly masterKey?: Uint8Array | string | undefined;
        readonly database?: undefined;
      }
    | {
        /**
         * An open better-sqlite3-compatible handle. You must close it yourself. No other code may open a transaction on
         * it.
         */
        readonly database: SqliteHandle;
        readonly masterKey: Uint8Array | string;
        readonly file?: undefined;
      }
  );

const SQLITE_STORE_OPTIONS = ['file', 'database', 'masterKey', 'busyTimeoutMs', 'mustBeCurrent'];
const BUSY_TIMEOUT = { least: 0, most: 600_000, fallback: 5000 } as const;

/**
 * Opens a store in a SQLite file, for one machine: any number of processes on that machine may share the file.
 *
 * A write is on disk before it is acknowledged and before any reader sees it (write-ahead log, `synchronous=FULL`). If
 * readers saw a change before it was on disk, a power failure could lose the change after readers have learned its
 * number. A later change would then get the same number, and these readers would miss it.
 *
 * A file has separate connections for reads and writes, so that reads never wait for a write in progress; a memory
 * database or a handle of yours has one connection for both. Commits and checkpoints of a file run on a thread of the
 * driver, so that the event loop does not wait for the disk; on a handle of yours, they run on the calling thread. One
 * write runs at a time.
 *
 * `version` also changes with this store's own writes to a file.
 *
 * @throws OptionError for an unknown option, a file that is not a database, a database made by a newer version, or a
 * master key that is malformed, lost or not the key of this database.
 * @example
 * const store = await sqliteStore({ file: 'rules.db' });
 * const gate = createGate({ store, tokens: { issuer, audience } });
 */
export async function sqliteStore(options: SqliteStoreOptions): Promise<Store> {
  assertKnownOptions('sqliteStore', options, SQLITE_STORE_OPTIONS);
  const { file, database, masterKey } = options;
  const busyTimeoutMs = parseInteger('sqliteStore: busyTimeoutMs', options.busyTimeoutMs, BUSY_TIMEOUT);
  const opening = { busyTimeoutMs, mustBeCurrent: options.mustBeCurrent === true };
  const given = typeof masterKey === 'string' ? parseMasterKey(masterKey) : masterKey;
  if (database !== undefined) {
    if (file !== undefined) throw new OptionError('sqliteStore: must have `file` or `database`, not both');
    if (given === undefined)
      throw new OptionError('sqliteStore: masterKey: must be 32 random bytes if `database` is set');
    return openStore(await handleRows(database, opening), given);
  }
  if (typeof file !== 'string' || file === '')
    throw new OptionError('sqliteStore: file: must be the path of the database file');
  if (file === ':memory:') return openStore(await openMemory(busyTimeoutMs), given ?? randomBytes(32));
  const rows = await openFile(file, opening);
  return openStore(rows, given ?? (await masterKeyBeside(file, rows)));
}

/**
 * Returns the master key stored next to the database, or creates it for a new database. If the database already
 * contains encrypted secrets, no key is created, because a new key would hide the loss of the right key.
 */
async function masterKeyBeside(file: string, rows: RowStore): Promise<string> {
  const path = `${file}.master-key`;
  try {
    const found = await readMasterKey(path);
    if (found !== undefined) return found;
    const material = await rows.read((tx) => tx.find('material', {}, { limit: 1 }));
    if (material.length === 0) return await createMasterKey(path);
    // Another process may have created the database and the key between the two reads.
    const late = await readMasterKey(path);
    if (late !== undefined) return late;
    throw new OptionError(`sqliteStore: ${path} is missing; restore it from its copy, or set the option masterKey`);
  } catch (error) {
    await rows.close();
    throw error;
  }
}
