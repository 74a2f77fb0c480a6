import type { Connection, SqliteHandle } from './connection.js';

/**
 * Returns a reader of `PRAGMA data_version`, which every commit of another connection changes; NaN if it cannot be
 * read.
 *
 * During a transaction on the same handle the value may be out of date, so the reader then returns NaN. `busyWith` is
 * the connection that shares the handle; absent if the handle has no other use.
 *
 * @see https://www.sqlite.org/pragma.html#pragma_data_version
 */
export function dataVersion(handle: SqliteHandle, busyWith?: Pick<Connection, 'isIdle'>): () => number {
  const statement = handle.prepare('pragma data_version');
  return () => {
    if (busyWith?.isIdle() === false) return Number.NaN;
    try {
      const [row] = statement.all([]);
      return Number(Object.values(row ?? {})[0]);
    } catch {
      return Number.NaN;
    }
  };
}
