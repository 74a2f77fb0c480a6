import { type Kysely, sql } from 'kysely';
import { createTables } from './create-table.js';
import type { Engine } from './engine.js';

/**
 * Creates the table that records which user created which object. Adds the creators of existing organizations and
 * groups to the table.
 */
export async function made(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await createTables(db, engine, {
    flairgate_made: {
      columns: { uid: 'text', kind: 'text', id: 'text' },
      primary: ['uid', 'kind', 'id'],
      indexes: [['kind', 'id']],
    },
  });
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
