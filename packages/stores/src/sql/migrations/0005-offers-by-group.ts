import type { Kysely } from 'kysely';

/** Indexes offers by their group, so that a change of a group finds those that it voids. */
export async function offersByGroup(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('flairgate_offer_by_via').on('flairgate_offer').column('via').execute();
}
