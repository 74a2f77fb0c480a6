import { OptionError } from '@flairgate/core';
import type { Connection, SqliteHandle } from './connection.js';

/** The part of libsql that the store uses. */
export interface Driver {
  open(path: string): SqliteHandle;
  /**
   * Commits on a thread of the driver. The driver's thread writes to the log, syncs it to disk, and sometimes copies it
   * into the database file (a checkpoint). Meanwhile the calling thread continues. Undefined if the driver cannot do
   * that.
   */
  readonly commit?: (handle: SqliteHandle) => ReturnType<Connection['commit']>;
}

/** Runs statements on a handle. A thread of the driver runs them, so the calling thread does not wait. */
type ExecAside = (this: SqliteHandle, statements: string) => Promise<void>;

/** Loads libsql. @throws OptionError when libsql is not installed */
export async function driver(): Promise<Driver> {
  try {
    const { default: Libsql } = await import('libsql');
    const open = (path: string): SqliteHandle => new Libsql(path);
    const exec = await execAside(open);
    return exec === undefined ? { open } : { open, commit: (handle) => exec.call(handle, 'commit') };
  } catch (error) {
    const hint = 'run `npm install libsql`, or give a better-sqlite3 handle as `database`';
    throw new OptionError(`sqliteStore: the libsql driver is not installed; ${hint}`, { cause: error });
  }
}

/**
 * Returns the `exec` method of libsql's promise-based class, if the method also works on handles of the synchronous
 * class. The documentation of libsql does not say so, so this function tests it. If the method does not work, the
 * result is undefined, and commits run on the calling thread.
 */
async function execAside(open: Driver['open']): Promise<ExecAside | undefined> {
  const handle = open(':memory:');
  try {
    const { default: WithPromises } = await import('libsql/promise');
    const { exec }: { readonly exec: ExecAside } = WithPromises.prototype;
    await exec.call(handle, 'create table tried (n integer); begin; insert into tried values (1)');
    handle.exec('insert into tried values (2)');
    await exec.call(handle, 'commit');
    return handle.prepare('select n from tried').all([]).length === 2 ? exec : undefined;
  } catch {
    return undefined;
  } finally {
    handle.close();
  }
}
