import { createHash } from 'node:crypto';
import type { Store } from '../../store/store.js';
import { BACKUP_FORMAT, type BackupEnd, type BackupHeader, backedUpTables, SEAL_CONTEXT } from './format.js';
import { rowsOf } from './pages.js';

/** Contents of a backup, in numbers. */
export interface BackupSummary {
  readonly rows: number;
  /** Number of the last security change in the backup. */
  readonly revision: number;
}

/**
 * Writes every row of one snapshot as lines of JSON. The store stays in use meanwhile.
 *
 * A backup of either database can be restored into either. It does not contain the master key, without which it cannot
 * be restored. It does contain what a thief of the database would get: names, addresses and hashes.
 *
 * `write` receives one line at a time, without its line end.
 *
 * @throws UnavailableError; the lines written so far are not a backup, because the last line is missing
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
