import type { Kysely } from 'kysely';
import { createIndex } from './create-table.js';

/**
 * Creates an index of offers by group. When a group changes, the index is used to find the offers that the change
 * invalidates.
 */
export async function offersByGroup(db: Kysely<unknown>): Promise<void> {
  await createIndex(db, 'flairgate_offer', ['via']);
}
