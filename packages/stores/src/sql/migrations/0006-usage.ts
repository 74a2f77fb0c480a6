import { type Kysely, sql } from 'kysely';
import type { Engine } from './engine.js';

const NAME = 'flairgate_usage';

/** Creates the table of key usage by day. */
export async function usage(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  const integer = engine === 'sqlite' ? sql`integer` : sql`bigint`;
  let create = db.schema
    .createTable(NAME)
    .addColumn('oid', text, (built) => built.notNull())
    .addColumn('day', integer, (built) => built.notNull())
    .addColumn('key_id', text, (built) => built.notNull())
    .addColumn('calls', integer, (built) => built.notNull())
    .addColumn('denials', integer, (built) => built.notNull())
    .addColumn('limited', integer, (built) => built.notNull())
    .addColumn('permissions', text, (built) => built.notNull())
    .addPrimaryKeyConstraint(`${NAME}_primary`, ['oid', 'day', 'key_id']);
  if (engine === 'sqlite') create = create.modifyEnd(sql`strict, without rowid`);
  await create.execute();
  for (const columns of [['day'], ['oid', 'key_id', 'day']]) {
    await db.schema
      .createIndex(`${NAME}_by_${columns.join('_')}`)
      .on(NAME)
      .columns(columns)
      .execute();
  }
}
