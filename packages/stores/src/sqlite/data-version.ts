import type { Connection, SqliteHandle } from './connection.js';

/**
 * Creates a function that returns `PRAGMA data_version`, a number that changes whenever another connection commits. The
 * function returns NaN if the number cannot be read.
 *
 * The function also returns NaN while a transaction runs on the same handle, because the number may then be out of
 * date. `busyWith` is the connection that runs transactions on the handle. If no transactions run on it, `busyWith` is
 * undefined.
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
