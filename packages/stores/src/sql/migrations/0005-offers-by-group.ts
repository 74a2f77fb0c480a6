import type { Kysely } from 'kysely';

/** Indexes offers by their group, so that a change to a group finds the offers that it makes void. */
export async function offersByGroup(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('flairgate_offer_by_via').on('flairgate_offer').column('via').execute();
}
