import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core';

/** The table of the app. The last four columns are the ownership of a rule; only `rules.stamp` sets them. */
export const rule = pgTable(
  'rule',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    name: text('name').notNull(),
    data: text('data').notNull(),
    oid: text('oid').notNull(),
    createdBy: text('created_by'),
    lockedBy: text('locked_by'),
    secretTo: text('secret_to'),
  },
  // A `segment` key reads its own rows alone, so its lists are a scan of this index.
  (table) => [index('rule_mine').on(table.oid, table.createdBy, table.id)],
);

/** Creates the table where there is none. An app of your own has `drizzle-kit` do that. */
export async function createTable(db: NodePgDatabase): Promise<void> {
  await db.execute(sql`
    create table if not exists rule (
      id uuid primary key default gen_random_uuid(), name text not null, data text not null,
      oid text not null, created_by text, locked_by text, secret_to text
    );
    create index if not exists rule_mine on rule (oid, created_by, id)`);
}
