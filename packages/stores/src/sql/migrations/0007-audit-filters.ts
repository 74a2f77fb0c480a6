import type { Kysely } from 'kysely';

const NAME = 'flairgate_audit';

/** Creates the indexes for the audit log's filters. */
export async function auditFilters(db: Kysely<unknown>): Promise<void> {
  for (const column of ['actor', 'target', 'action', 'outcome']) {
    await db.schema.createIndex(`${NAME}_by_oid_${column}_id`).on(NAME).columns(['oid', column, 'id']).execute();
  }
}
