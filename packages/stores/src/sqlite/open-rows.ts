import { accessSync, closeSync, constants, existsSync, openSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { OptionError, UnavailableError } from '@flairgate/core';
import type { RowStore } from '@flairgate/core/store';
import { failure } from '../sql/failure.js';
import { migrate } from '../sql/migrate.js';
import { sqlRowStore } from '../sql/row-store.js';
import { type Connections, rollBack, sqliteBackend, sqliteCodeOf, sqliteFailureOf, whileBusy } from './backend.js';
import { sqliteBackground } from './background.js';
import { connection, type SqliteHandle } from './connection.js';
import { dataVersion } from './data-version.js';
import { driver } from './driver.js';
import { fileIdentity } from './file-identity.js';
import { keyReader } from './read-key.js';

/** Options for opening a database. */
export interface Opening {
  readonly busyTimeoutMs: number;
  /** True to refuse a database whose tables are missing or must be migrated. */
  readonly mustBeCurrent: boolean;
}

/**
 * Opens a database file with three connections: one for writes, one for reads, and one that only reads the data version
 * (a number that changes whenever another connection commits).
 */
export async function openFile(file: string, opening: Opening): Promise<RowStore> {
  // An absolute path, because the driver treats a name such as `http://…` as a server.
  const path = resolve(file);
  const { busyTimeoutMs } = opening;
  if (opening.mustBeCurrent && !existsSync(path)) {
    throw new OptionError(`sqliteStore: file: there is no ${path}; must be the path of an existing database file`);
  }
  createFile(path);
  const { open, commit } = await driver();
  const writer = open(path);
  try {
    await setUp(writer, ['journal_mode = wal', 'synchronous = full'], busyTimeoutMs);
    const reader = open(path);
    await setUp(reader, ['query_only = on'], busyTimeoutMs);
    const watcher = open(path);
    await setUp(watcher, ['query_only = on'], busyTimeoutMs);
    const close = () => {
      watcher.close();
      reader.close();
      checkpoint(writer);
      writer.close();
    };
    const connections = {
      writer: connection(writer, commit === undefined ? undefined : () => commit(writer)),
      reader: connection(reader),
    };
    return await rowStore(connections, { ...opening, path, watcher }, close);
  } catch (error) {
    writer.close();
    if (sqliteCodeOf(error) !== 'SQLITE_NOTADB') throw failure(sqliteFailureOf, error);
    throw new OptionError(`sqliteStore: file: ${file} is not a SQLite database; must be one, or a new file`, {
      cause: error,
    });
  }
}

export async function openMemory(busyTimeoutMs: number): Promise<RowStore> {
  const handle = (await driver()).open(':memory:');
  return oneConnection(handle, { busyTimeoutMs, mustBeCurrent: false }, () => handle.close());
}

/**
 * Opens a row store (the part of a store that reads and writes rows) on a handle that is already open. Closing the row
 * store leaves the handle open.
 */
export function handleRows(handle: SqliteHandle, opening: Opening): Promise<RowStore> {
  return oneConnection(handle, opening, () => undefined);
}

function oneConnection(handle: SqliteHandle, opening: Opening, close: () => void): Promise<RowStore> {
  const only = connection(handle);
  return rowStore({ writer: only, reader: only }, opening, close);
}

/**
 * Options of a database that was opened. `path` is set for a file. `watcher` is a connection that only reads the data
 * version. If `watcher` is undefined, the connection for reads also reads the data version, but not during a
 * transaction.
 */
type Opened = Opening & { readonly path?: string; readonly watcher?: SqliteHandle };

async function rowStore(connections: Connections, opening: Opened, closeHandles: () => void): Promise<RowStore> {
  const listeners = new Set<() => void>();
  let closed = false;
  const assertOpen = () => {
    if (closed) throw new UnavailableError('store', new Error('the store is closed'));
  };
  const onRevision = () => {
    for (const wake of listeners) wake();
  };
  await migrateAlone(connections, opening);
  const backend = sqliteBackend(connections, opening.busyTimeoutMs, { onRevision, assertOpen });
  const rows = sqlRowStore(backend);
  const { reader } = connections;
  const readKey = keyReader(reader);
  const { path, watcher } = opening;
  const version = watcher === undefined ? dataVersion(reader.handle, reader) : dataVersion(watcher);
  const identity = path === undefined ? undefined : fileIdentity(path);
  const whileSame = async <R>(write: () => Promise<R>): Promise<R> => {
    assertOpen();
    identity?.assertSame();
    const value = await write();
    identity?.assertSame();
    return value;
  };
  return {
    existenceProbe: rows.existenceProbe,
    async read(work) {
      assertOpen();
      identity?.assertSameLately();
      return rows.read(work);
    },
    async rowsOfKey(question) {
      assertOpen();
      identity?.assertSameLately();
      return readKey(question);
    },
    write: (work, order) => whileSame(() => rows.write(work, order)),
    background: sqliteBackground({
      failureOf: backend.failureOf,
      write: (work, order) => whileSame(() => backend.write(work, order)),
    }),
    version: () => (closed ? Number.NaN : version()),
    /**
     * Calls `wake` after security changes by this store. A commit by another process does not call `wake`, but changes
     * `version`.
     */
    onPush(wake) {
      const listener = () => wake();
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      if (closed) return;
      closed = true;
      await connections.reader.runExclusive(async () => undefined);
      await connections.writer.runExclusive(async () => closeHandles());
    },
  };
}

/**
 * Creates a new database file that only its owner can read. SQLite gives the same mode to the log and index files of
 * the database.
 *
 * An existing file is never opened here. Another store in this process may hold locks on the file, and closing the file
 * here would release these locks. The next program that closes the database would then delete the log that the other
 * store still uses.
 */
function createFile(path: string): void {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) accessSync(path, constants.W_OK);
    else closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    const hint =
      sqliteCodeOf(error) === 'ENOENT' ? 'create its folder first' : 'must be a file that this process can write';
    throw new OptionError(`sqliteStore: file: cannot open ${path} (${sqliteCodeOf(error)}); ${hint}`, { cause: error });
  }
}

/**
 * Copies the log into the database file. Closing the connection would do the same. But the driver closes a connection
 * only after the garbage collector has removed the connection's statements.
 */
function checkpoint(writer: SqliteHandle): void {
  try {
    writer.exec('pragma wal_checkpoint(truncate)');
  } catch {
    // Another process is reading. No data is lost: the log stays next to the file.
  }
}

/**
 * Maximum time that SQLite itself waits for a lock, in milliseconds, for example while another process recovers the
 * log. This wait blocks the event loop.
 */
const NATIVE_WAIT_MS = 20;

async function setUp(handle: SqliteHandle, pragmas: readonly string[], busyTimeoutMs: number): Promise<void> {
  handle.exec(`pragma busy_timeout = ${NATIVE_WAIT_MS}`);
  for (const pragma of pragmas)
    await whileBusy(() => handle.exec(`pragma ${pragma}`), performance.now() + busyTimeoutMs);
}

/**
 * Migrates the database in one transaction. If several processes start at the same time, one of them migrates, and the
 * others wait.
 */
async function migrateAlone({ writer }: Connections, { busyTimeoutMs, mustBeCurrent }: Opening): Promise<void> {
  await writer.runExclusive(async () => {
    try {
      await whileBusy(() => writer.handle.exec('begin immediate'), performance.now() + busyTimeoutMs);
      await migrate(writer.db, 'sqlite', { mustBeCurrent });
      writer.handle.exec('commit');
    } catch (error) {
      rollBack(writer);
      throw error instanceof OptionError ? error : failure(sqliteFailureOf, error);
    }
  });
}
