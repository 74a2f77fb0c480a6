import type { Kysely } from 'kysely';
import { columnType, createIndex } from './create-table.js';
import type { Engine } from './engine.js';

/**
 * Adds the description of organizations, and an index of their names.
 *
 * The index is not unique, because names must be unique only if `uniqueOrganizationNames` is set. Commands then check
 * the name while they hold the lock of all security writes.
 */
export async function organizationNames(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await db.schema.alterTable('flairgate_organization').addColumn('description', columnType(engine, 'text?')).execute();
  await createIndex(db, 'flairgate_organization', ['name']);
}
