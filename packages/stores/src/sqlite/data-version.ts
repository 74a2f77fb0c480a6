import type { Connection, SqliteHandle } from './connection.js';

/**
 * Creates a function that returns `PRAGMA data_version`, a number that changes with every commit of a different
 * connection. The function returns NaN if the number cannot be read.
 *
 * During a transaction on the same handle the number may be out of date, so the function then returns NaN as well.
 * `busyWith` is the connection that uses the handle for transactions. It is undefined if the handle has no other use.
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
