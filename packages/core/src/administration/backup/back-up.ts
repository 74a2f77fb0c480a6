import { createHash } from 'node:crypto';
import type { Store } from '../../store/store.js';
import { BACKUP_FORMAT, type BackupEnd, type BackupHeader, backedUpTables, SEAL_CONTEXT } from './format.js';
import { rowsOf } from './pages.js';

/** Summary of a backup. */
export interface BackupSummary {
  readonly rows: number;
  /** Revision (counter of security changes) of the database at the time of the backup. */
  readonly revision: number;
}

/**
 * Writes a backup: the rows of one snapshot of the database, as lines of JSON. The store can be used during the backup.
 *
 * A backup of a SQLite database can be restored to PostgreSQL, and vice versa. A restore requires the master key, which
 * the backup does not contain. Protect the backup as you protect the database: the backup contains names, addresses and
 * hashes.
 *
 * `write` receives one line at a time, without a line terminator.
 *
 * @throws UnavailableError if the store cannot be read. The lines written so far cannot be restored, because the last
 * line is missing
 * @example
 * const summary = await backUp(store, Date.now(), (line) => file.appendFile(`${line}\n`));
 */
export async function backUp(
  store: Store,
  now: number,
  write: (line: string) => Promise<void>,
): Promise<BackupSummary> {
  const digest = createHash('sha256');
  const digested = (line: string) => {
    digest.update(line).update('\n');
    return write(line);
  };
  const header: BackupHeader = { flairgate: 'backup', format: BACKUP_FORMAT, at: now };
  const summary = await store.read(async (tx) => {
    await digested(JSON.stringify(header));
    let rows = 0;
    for (const table of backedUpTables) {
      for await (const row of rowsOf(tx, table)) {
        await digested(JSON.stringify([table, row]));
        rows += 1;
      }
    }
    return { rows, revision: (await tx.get('revision', { id: 1 }))?.n ?? 0 };
  });
  const end: BackupEnd = { rows: summary.rows, seal: store.material.seal(digest.digest(), SEAL_CONTEXT) };
  await write(JSON.stringify(end));
  return summary;
}
