import type { Connection, SqliteStatement } from './connection.js';
import { HEADER_BYTES, type ReadHeader } from './wal-index.js';

/**
 * Gives the reader's `data_version`, which any other connection's commit changes; NaN where SQLite cannot say now.
 *
 * SQLite answers by comparing the header of the wal-index with the one it saw last, and a commit writes that header
 * before it returns. So bytes that are still those of before the last answer prove that the answer stands, for a
 * fraction of what the statement costs. Any other bytes leave the judgement to SQLite. A header that was read while
 * somebody wrote it, or that a dead writer left half done, is no exception: whoever commits next changes it again.
 *
 * @see https://www.sqlite.org/walformat.html section 2.1
 */
export function dataVersion(reader: Connection, readHeader: ReadHeader | undefined): () => number {
  const statement = reader.handle.prepare('pragma data_version');
  let answer = Number.NaN;
  let proof = Buffer.alloc(HEADER_BYTES);
  let header = Buffer.alloc(HEADER_BYTES);
  return () => {
    const isRead = readHeader?.(header) === true;
    if (isRead && !Number.isNaN(answer) && header.equals(proof)) return answer;
    const version = ask(reader, statement);
    // The bytes were read before SQLite was asked: a commit in between makes them others than the next ones.
    answer = isRead ? version : Number.NaN;
    [proof, header] = [header, proof];
    return version;
  };
}

/** A transaction that is under way may have begun before the commit that is asked about. */
function ask(reader: Connection, statement: SqliteStatement): number {
  if (!reader.isAtRest()) return Number.NaN;
  try {
    const [row] = statement.all([]);
    return Number(Object.values(row ?? {})[0]);
  } catch {
    return Number.NaN;
  }
}
