import type { Kysely } from 'kysely';
import { createIndex } from './create-table.js';

/** Creates an index of offers by group, with which a change to a group finds the offers that it invalidates. */
export async function offersByGroup(db: Kysely<unknown>): Promise<void> {
  await createIndex(db, 'flairgate_offer', ['via']);
}
