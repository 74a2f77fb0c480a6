import { randomBytes } from 'node:crypto';
import { OptionError, parseMasterKey } from '@flairgate/core';
import { assertKnownOptions, parseInteger } from '@flairgate/core/internal';
import { openStore, type RowStore, type Store } from '@flairgate/core/store';
import type { SqliteHandle } from './connection.js';
import { createMasterKey, readMasterKey } from './master-key-file.js';
import { handleRows, openFile, openMemory } from './open-rows.js';

interface SqliteOptions {
  /** Milliseconds that a write waits for another process's write. @default 5000 */
  readonly busyTimeoutMs?: number | undefined;
  /** If true, a database whose tables have a different version is refused, not migrated. @default false */
  readonly mustBeCurrent?: boolean | undefined;
}

export type SqliteStoreOptions = SqliteOptions &
  (
    | {
        /** The database file, created if missing, or `:memory:` for a database that ends with the process. */
        readonly file: string;
        /**
         * 32 bytes, or their text in base64url or hexadecimal. By default the text in `FILE.master-key`, which the
         * first process creates and only its owner can read. Keep a copy: without it every key is lost.
         */
        readonly masterKey?: Uint8Array | string | undefined;
        readonly database?: undefined;
      }
    | {
        /** An open better-sqlite3-compatible handle. You close it; no other code may open a transaction on it. */
        readonly database: SqliteHandle;
        readonly masterKey: Uint8Array | string;
        readonly file?: undefined;
      }
  );

const SQLITE_STORE_OPTIONS = ['file', 'database', 'masterKey', 'busyTimeoutMs', 'mustBeCurrent'];
const BUSY_TIMEOUT = { least: 0, most: 600_000, fallback: 5000 } as const;

/**
 * Opens a store in a SQLite file, for one machine: any number of its processes may share the file.
 *
 * A write is on disk before it is acknowledged and before any reader sees it (write-ahead log, `synchronous=FULL`).
 * If readers saw a change before it was on disk, a power failure could lose the change after its number was sent. The
 * number would then be used for a different change, which those readers would miss.
 *
 * A file has two connections, so that reads never wait for a write in progress; a memory database or a handle of
 * yours has one. Commits and checkpoints of a file run on a thread of the driver, so that the event loop
 * does not wait for the disk; on a handle of yours they run on the calling thread. One write runs at a time.
 *
 * `version` also changes with this store's own writes to a file.
 *
 * @throws OptionError for an unknown option, a file that is not a database, a database made by a newer version, a
 * master key that is malformed, lost or not the one the database was made with.
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
 * Returns the master key stored next to the database, or creates it for a new database. A database that already has
 * encrypted secrets gets no new key, because that would hide the loss of the right one.
 */
async function masterKeyBeside(file: string, rows: RowStore): Promise<string> {
  const path = `${file}.master-key`;
  try {
    const found = await readMasterKey(path);
    if (found !== undefined) return found;
    const material = await rows.read((tx) => tx.find('material', {}, { limit: 1 }));
    if (material.length === 0) return await createMasterKey(path);
    // Another process can have created both between the two reads.
    const late = await readMasterKey(path);
    if (late !== undefined) return late;
    throw new OptionError(`sqliteStore: ${path} is missing; restore it from its copy, or set the option masterKey`);
  } catch (error) {
    await rows.close();
    throw error;
  }
}
