import type { Kysely } from 'kysely';
import { createIndex } from './create-table.js';

/** Creates the indexes for the audit log's filters. */
export async function auditFilters(db: Kysely<unknown>): Promise<void> {
  for (const column of ['actor', 'target', 'action', 'outcome']) {
    await createIndex(db, 'flairgate_audit', ['oid', column, 'id']);
  }
}
