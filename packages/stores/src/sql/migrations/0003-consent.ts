import { type Kysely, sql } from 'kysely';
import { columnType, createIndex, createTables, isNullable, type NewTable } from './create-table.js';
import type { Engine } from './engine.js';

/**
 * Tables that this migration creates. They store the organizations that users have accepted (consents), the rights that
 * users have been offered (offers), and the organizations that users have declined.
 */
const CONSENT_TABLES: Readonly<Record<string, NewTable>> = {
  flairgate_consent: {
    columns: { uid: 'text', oid: 'text', accepted_at: 'integer' },
    primary: ['uid', 'oid'],
    indexes: [['oid']],
  },
  flairgate_offer: {
    columns: {
      oid: 'text',
      uid: 'text',
      via: 'text',
      giver: 'text',
      giver_key: 'text?',
      role: 'text',
      permissions: 'text',
      address: 'text?',
      made_at: 'integer',
    },
    primary: ['oid', 'uid', 'via', 'giver'],
    indexes: [['uid', 'via'], ['giver']],
  },
  flairgate_decline: {
    columns: { uid: 'text', oid: 'text', declined_at: 'integer' },
    primary: ['uid', 'oid'],
    indexes: [['oid']],
  },
};

/** Columns that this migration adds to existing tables. In every existing row, `accepted` is set to 1 (true). */
const added: Readonly<Record<string, NewTable['columns']>> = {
  flairgate_membership: { accepted: 'integer' },
  flairgate_group_member: { accepted: 'integer', giver: 'text?', address: 'text?' },
  flairgate_group_owner: { giver: 'text?', address: 'text?' },
};

/**
 * Adds consent: if a user is granted rights in an organization, the rights take effect only after the user accepts the
 * organization. All existing memberships count as accepted.
 */
export async function consent(db: Kysely<unknown>, engine: Engine): Promise<void> {
  await createTables(db, engine, CONSENT_TABLES);
  for (const [table, columns] of Object.entries(added)) {
    for (const [column, type] of Object.entries(columns)) {
      const alter = db.schema.alterTable(table);
      await alter
        .addColumn(column, columnType(engine, type), (built) =>
          isNullable(type) ? built : built.notNull().defaultTo(1),
        )
        .execute();
    }
  }
  await createIndex(db, 'flairgate_membership', ['uid', 'accepted']);
  await createIndex(db, 'flairgate_group_member', ['uid', 'accepted']);
  await acceptAll(db);
}

/** Columns that this migration reads. */
type Known = {
  readonly flairgate_membership: { readonly uid: string; readonly oid: string };
  readonly flairgate_user: { readonly uid: string; readonly oid: string | null };
  readonly flairgate_group_member: { readonly uid: string; readonly gid: string };
  readonly flairgate_group_child: { readonly gid: string; readonly child: string };
  readonly flairgate_group_organization: { readonly gid: string; readonly oid: string };
  readonly flairgate_consent: { readonly uid: string; readonly oid: string; readonly accepted_at: number };
};

/**
 * Stores consents of existing users. A user accepts each organization in which the user is a member or has rights
 * through a group. An API user accepts its own organization.
 */
async function acceptAll(db: Kysely<unknown>): Promise<void> {
  const rows = db.withTables<Known>();
  const unknown = sql<number>`0`.as('accepted_at');
  await rows
    .insertInto('flairgate_consent')
    .columns(['uid', 'oid', 'accepted_at'])
    .expression(
      rows
        .withRecursive('place(uid, gid)', (within) =>
          within
            .selectFrom('flairgate_group_member')
            .select(['uid', 'gid'])
            .union(
              within
                .selectFrom('place')
                .innerJoin('flairgate_group_child as above', 'above.child', 'place.gid')
                .select(['place.uid', 'above.gid']),
            ),
        )
        .selectFrom('place')
        .innerJoin('flairgate_group_organization as attached', 'attached.gid', 'place.gid')
        .select(['place.uid', 'attached.oid', unknown])
        .union(rows.selectFrom('flairgate_membership').select(['uid', 'oid', unknown]))
        .union(
          rows
            .selectFrom('flairgate_user')
            .select((row) => ['uid', row.ref('oid').$notNull().as('oid'), unknown])
            .where('oid', 'is not', null),
        ),
    )
    .execute();
}
