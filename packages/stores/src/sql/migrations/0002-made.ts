import { type Kysely, sql } from 'kysely';
import type { Engine } from './engine.js';

const NAME = 'flairgate_made';

/**
 * Creates the table that records the objects that each user created, and adds the existing organizations and groups to
 * it.
 */
export async function made(db: Kysely<unknown>, engine: Engine): Promise<void> {
  const text = engine === 'sqlite' ? sql`text` : sql`text collate "C"`;
  let create = db.schema
    .createTable(NAME)
    .addColumn('uid', text, (built) => built.notNull())
    .addColumn('kind', text, (built) => built.notNull())
    .addColumn('id', text, (built) => built.notNull())
    .addPrimaryKeyConstraint(`${NAME}_primary`, ['uid', 'kind', 'id']);
  if (engine === 'sqlite') create = create.modifyEnd(sql`strict, without rowid`);
  await create.execute();
  await db.schema.createIndex(`${NAME}_by_kind_id`).on(NAME).columns(['kind', 'id']).execute();
  const kept = db as Kysely<Kept>;
  await kept
    .insertInto('flairgate_made')
    .columns(['uid', 'kind', 'id'])
    .expression(
      kept
        .selectFrom('flairgate_organization as o')
        .innerJoin('flairgate_identity as i', 'i.id', 'o.created_by')
        .innerJoin('flairgate_user as u', 'u.uid', 'i.scope')
        .select(['u.uid', sql.lit('organization').as('kind'), 'o.oid as id']),
    )
    .execute();
  await kept
    .insertInto('flairgate_made')
    .columns(['uid', 'kind', 'id'])
    .expression(
      kept
        .selectFrom('flairgate_group as g')
        .innerJoin('flairgate_identity as i', 'i.id', 'g.created_by')
        .innerJoin('flairgate_group_owner as o', (join) =>
          join.onRef('o.gid', '=', 'g.gid').onRef('o.uid', '=', 'i.scope'),
        )
        .select(['o.uid', sql.lit('group').as('kind'), 'g.gid as id']),
    )
    .execute();
}

interface Kept {
  readonly flairgate_made: { readonly uid: string; readonly kind: string; readonly id: string };
  readonly flairgate_organization: { readonly oid: string; readonly created_by: string | null };
  readonly flairgate_group: { readonly gid: string; readonly created_by: string | null };
  readonly flairgate_group_owner: { readonly gid: string; readonly uid: string };
  readonly flairgate_identity: { readonly id: string; readonly scope: string };
  readonly flairgate_user: { readonly uid: string };
}
