import type { Connection, SqliteHandle } from './connection.js';

/**
 * Gives `PRAGMA data_version` of a handle, which every commit of another connection changes; NaN where SQLite cannot say.
 *
 * A transaction on the handle may have begun before the commit that is asked about: `busyWith` is the connection that
 * shares the handle; absent where the handle does nothing else.
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
