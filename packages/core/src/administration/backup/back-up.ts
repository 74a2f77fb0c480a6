import { createHash } from 'node:crypto';
import type { Store } from '../../store/store.js';
import { BACKUP_FORMAT, type BackupEnd, type BackupHeader, backedUpTables, SEAL_CONTEXT } from './format.js';
import { rowsOf } from './pages.js';

/** What a backup holds. */
export interface BackupSummary {
  readonly rows: number;
  /** Number of the last security change in it. */
  readonly revision: number;
}

/**
 * Writes every row of one snapshot as lines of JSON, while the store is in use. Of either database, for either.
 *
 * The master key is not in it, and without that nothing in it can be restored. What a thief of the database would
 * have is in it: names, addresses, hashes. `write` gets one line at a time, without its end.
 *
 * @throws UnavailableError; what was written by then is no backup, as its last line is missing.
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
