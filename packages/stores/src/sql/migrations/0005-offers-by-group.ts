import type { Kysely } from 'kysely';

/** Creates an index of offers by group, with which a change to a group finds the offers that it invalidates. */
export async function offersByGroup(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('flairgate_offer_by_via').on('flairgate_offer').column('via').execute();
}
