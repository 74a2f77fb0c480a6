import { type Kysely, sql } from 'kysely';
import type { Engine } from './engine.js';

const NAME = 'flairgate_organization';

/**
 * Adds the description of organizations, and an index of their names.
 *
 * The index is not unique, because names must be unique only if `uniqueOrganizationNames` is set. Commands then check
 * the name while they hold the lock of all security writes.
 */
export async function organizationNames(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  await db.schema.alterTable(NAME).addColumn('description', text).execute();
  await db.schema.createIndex(`${NAME}_by_name`).on(NAME).column('name').execute();
}
