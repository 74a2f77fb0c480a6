import type { Kysely } from 'kysely';

const indexes: readonly (readonly [table: string, columns: readonly string[]])[] = [
  ['flairgate_key', ['oid', 'kind', 'revoked_at', 'key_id']],
  ['flairgate_key', ['oid', 'kind', 'name', 'revoked_at']],
  ['flairgate_key', ['oid', 'created_by', 'kind', 'revoked_at']],
  ['flairgate_key', ['uid', 'revoked_at']],
  ['flairgate_membership', ['oid', 'uid']],
  ['flairgate_membership', ['oid', 'role']],
  ['flairgate_user', ['oid', 'uid']],
];

/**
 * Creates indexes that keep reads fast as an organization grows. With them, the cost of reading a page or a row does
 * not depend on how many other keys, members, API users or revoked keys the organization has.
 */
export async function growthIndexes(db: Kysely<unknown>): Promise<void> {
  for (const [table, columns] of indexes) {
    await db.schema
      .createIndex(`${table}_by_${columns.join('_')}`)
      .on(table)
      .columns([...columns])
      .execute();
  }
}
