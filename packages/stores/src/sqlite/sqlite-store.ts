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
         * 32 random bytes, or the same bytes in base64url or hexadecimal. If undefined, the text in the file
         * `FILE.master-key` is used (for `:memory:`, random bytes). The first process creates that file, and only its
         * owner can read it. Keep a copy of the master key: without it, the API keys in the database can no longer be
         * used.
         */
        readonly masterKey?: Uint8Array | string | undefined;
        readonly database?: undefined;
      }
    | {
        /**
         * An open better-sqlite3-compatible handle. You must close the handle yourself. No other code may open a
         * transaction on the handle.
         */
        readonly database: SqliteHandle;
        readonly masterKey: Uint8Array | string;
        readonly file?: undefined;
      }
  );

const SQLITE_STORE_OPTIONS = ['file', 'database', 'masterKey', 'busyTimeoutMs', 'mustBeCurrent'];
const BUSY_TIMEOUT = { least: 0, most: 600_000, fallback: 5000 } as const;

/**
 * Opens a store in a SQLite file. Any number of processes may share the file, if they run on the same machine.
 *
 * A write is on disk before it is acknowledged and before any reader sees it (write-ahead log, `synchronous=FULL`).
 * Otherwise a power failure could lose a change whose number readers already know. A later change would then get the
 * same number, and these readers would miss the later change.
 *
 * For a file, reads and writes use separate connections, so a read never waits for a write in progress. Commits and
 * checkpoints (copies of the log into the file) run on a thread of the driver, so the event loop does not wait for the
 * disk.
 *
 * For a memory database or a handle of yours, reads and writes share one connection, and commits run on the calling
 * thread. In all cases, one write runs at a time.
 *
 * For a file, the number that `version` returns also changes after writes by this store itself.
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
 * Returns the master key in the file next to the database. For a new database, creates the file. If the database
 * already contains encrypted secrets, the file is not created: a new key would hide that the right key is lost.
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
