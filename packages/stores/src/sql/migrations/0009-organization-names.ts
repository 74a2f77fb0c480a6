import type { Kysely } from 'kysely';
import { columnType, createIndex } from './create-table.js';
import type { Engine } from './engine.js';

/**
 * Adds a column for the description of an organization, and an index of organization names.
 *
 * The index is not unique, because names must be unique only if the option `uniqueOrganizationNames` is set. If it is
 * set, commands check the name while they hold the lock of all security writes.
 */
export async function organizationNames(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await db.schema.alterTable('flairgate_organization').addColumn('description', columnType(engine, 'text?')).execute();
  await createIndex(db, 'flairgate_organization', ['name']);
}
