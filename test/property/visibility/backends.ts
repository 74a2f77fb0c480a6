import { drizzleContent, drizzleFilter, drizzleStamp } from '@flairgate/core/filters/drizzle';
import { knexContent, knexFilter, knexStamp } from '@flairgate/core/filters/knex';
import { kyselyContent, kyselyFilter, kyselyStamp } from '@flairgate/core/filters/kysely';
import type { OrganizationCaller, ResourceWhere } from '@flairgate/core/resources';
import { createResourceRules } from '@flairgate/core/resources';
import { sql as drizzleSql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import knexOf from 'knex';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import Database from 'libsql';
import pg from 'pg';
import type { RuleRow } from './generate.js';

export const rules = createResourceRules({ type: 'rule', content: ['data'] });

/** A row as content was selected for a caller. */
export interface ContentRow {
  readonly pk: number;
  readonly data: unknown;
  readonly opaque: unknown;
}

/** The lock of a row right after an update. */
export interface UpdatedRow {
  readonly pk: number;
  readonly locked_by: string | null;
}

/** A query layer on a database, with one table `rule` in it. */
export interface Backend {
  readonly name: string;
  select(where: ResourceWhere): Promise<readonly number[]>;
  content(party: OrganizationCaller): Promise<readonly ContentRow[]>;
  /** Updates every row the party may update, says what it touched, and undoes it. */
  update(party: OrganizationCaller): Promise<readonly UpdatedRow[]>;
  /** Inserts over the row with this id without knowing of it, says whether that wrote anything, and undoes it. */
  upsert(party: OrganizationCaller, pk: number): Promise<readonly UpdatedRow[]>;
  close(): Promise<void>;
}

const UNDO = Symbol('undo');

const columns = `pk integer primary key, oid text not null, created_by text, locked_by text, secret_to text, data text`;

interface Schema {
  readonly rule: RuleRow;
}

export async function kyselyOnSqlite(rows: readonly RuleRow[]): Promise<Backend> {
  const database = new Database(':memory:');
  database.exec(`create table rule (${columns})`);
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
  await db
    .insertInto('rule')
    .values([...rows])
    .execute();
  return kyselyBackend('Kysely on SQLite', db);
}

/** Opens Kysely, Knex and Drizzle on one table in a schema of its own. `drop` removes the schema. */
export async function onPostgres(url: string, rows: readonly RuleRow[]) {
  const schema = `flairgate_visibility_${process.pid}_${Date.now()}`;
  const admin = new pg.Pool({ connectionString: url, max: 1 });
  await admin.query(`create schema ${schema}`);
  await admin.query(`create table ${schema}.rule (${columns})`);
  const connection = { connectionString: url, options: `-c search_path=${schema}` };
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: new pg.Pool({ ...connection, max: 1 }) }) });
  await db
    .insertInto('rule')
    .values([...rows])
    .execute();
  const backends = [
    kyselyBackend('Kysely on PostgreSQL', db),
    knexBackend({ ...connection }),
    drizzleBackend(new pg.Pool({ ...connection, max: 1 })),
  ];
  return {
    backends,
    async drop() {
      for (const backend of backends) await backend.close();
      await admin.query(`drop schema ${schema} cascade`);
      await admin.end();
    },
  };
}

function kyselyBackend(name: string, db: Kysely<Schema>): Backend {
  return {
    name,
    async select(where) {
      const found = await db.selectFrom('rule').select('pk').where(kyselyFilter(where)).orderBy('pk').execute();
      return found.map(({ pk }) => pk);
    },
    content: (party) => {
      const query = db.selectFrom('rule as r').select('r.pk').orderBy('r.pk');
      const known = query.where(kyselyFilter(rules.where(party, 'read'), { table: 'r' }));
      return known.select(kyselyContent(rules, party, { table: 'r' })).execute();
    },
    update: (party) =>
      undone((work) =>
        db.transaction().execute(async (trx) => {
          const update = trx.updateTable('rule').set({ data: 'new', ...kyselyStamp(rules, party) });
          work(
            await update
              .where(kyselyFilter(rules.where(party, 'update')))
              .returning(['pk', 'locked_by'])
              .execute(),
          );
        }),
      ),
    upsert: (party, pk) =>
      undone((work) =>
        db.transaction().execute(async (trx) => {
          const insert = trx.insertInto('rule').values({ pk, data: 'new', ...rules.stamp(party, 'create') });
          const upsert = insert.onConflict((conflict) =>
            conflict
              .column('pk')
              .doUpdateSet({ data: 'new', ...kyselyStamp(rules, party, { table: 'rule' }) })
              .where(kyselyFilter(rules.where(party, 'upsert'), { table: 'rule' })),
          );
          work(await upsert.returning(['pk', 'locked_by']).execute());
        }),
      ),
    close: () => db.destroy(),
  };
}

function knexBackend(connection: { connectionString: string; options: string }): Backend {
  const knex = knexOf({ client: 'pg', connection, pool: { min: 0, max: 1 } });
  return {
    name: 'Knex on PostgreSQL',
    select: async (where) => knex<RuleRow>('rule').where(knexFilter(where)).orderBy('pk').pluck('pk'),
    content: async (party) => {
      const known = knex('rule as r').where(knexFilter(rules.where(party, 'read'), { table: 'r' }));
      return known.select('r.pk', ...knexContent(rules, party, knex, { table: 'r' })).orderBy('r.pk');
    },
    update: (party) =>
      undone((work) =>
        knex.transaction(async (trx) => {
          const update = trx<RuleRow>('rule').where(knexFilter(rules.where(party, 'update')));
          work(await update.update({ data: 'new', ...knexStamp(rules, party, knex) }).returning(['pk', 'locked_by']));
        }),
      ),
    upsert: (party, pk) =>
      undone((work) =>
        knex.transaction(async (trx) => {
          const insert = trx<RuleRow>('rule').insert({ pk, data: 'new', ...rules.stamp(party, 'create') });
          const merge = { data: 'new', ...knexStamp(rules, party, knex, { table: 'rule' }) };
          const upsert = insert.onConflict('pk').merge(merge);
          work(
            await upsert
              .where(knexFilter(rules.where(party, 'upsert'), { table: 'rule' }))
              .returning(['pk', 'locked_by']),
          );
        }),
      ),
    close: () => knex.destroy(),
  };
}

function drizzleBackend(pool: pg.Pool): Backend {
  const rule = pgTable('rule', {
    pk: integer().primaryKey(),
    oid: text().notNull(),
    created_by: text(),
    locked_by: text(),
    secret_to: text(),
    data: text(),
  });
  const db = drizzle({ client: pool });
  return {
    name: 'Drizzle on PostgreSQL',
    async select(where) {
      const found = db
        .select({ pk: rule.pk })
        .from(rule)
        .where(drizzleFilter(where, rule, drizzleSql));
      return (await found.orderBy(rule.pk)).map(({ pk }) => pk);
    },
    content: (party) =>
      db
        .select({ pk: rule.pk, ...drizzleContent(rules, party, rule, drizzleSql) })
        .from(rule)
        .where(drizzleFilter(rules.where(party, 'read'), rule, drizzleSql))
        .orderBy(rule.pk),
    update: (party) =>
      undone((work) =>
        db.transaction(async (trx) => {
          const update = trx.update(rule).set({ data: 'new', ...drizzleStamp(rules, party, rule, drizzleSql) });
          const touched = update.where(drizzleFilter(rules.where(party, 'update'), rule, drizzleSql));
          work(await touched.returning({ pk: rule.pk, locked_by: rule.locked_by }));
        }),
      ),
    upsert: (party, pk) =>
      undone((work) =>
        db.transaction(async (trx) => {
          const insert = trx.insert(rule).values({ pk, data: 'new', ...rules.stamp(party, 'create') });
          const upsert = insert.onConflictDoUpdate({
            target: rule.pk,
            set: { data: 'new', ...drizzleStamp(rules, party, rule, drizzleSql) },
            setWhere: drizzleFilter(rules.where(party, 'upsert'), rule, drizzleSql),
          });
          work(await upsert.returning({ pk: rule.pk, locked_by: rule.locked_by }));
        }),
      ),
    close: () => pool.end(),
  };
}

/** Runs a transaction to the point where its rows are known, then rolls it back. */
async function undone(
  transaction: (work: (rows: readonly UpdatedRow[]) => never) => Promise<unknown>,
): Promise<readonly UpdatedRow[]> {
  let seen: readonly UpdatedRow[] = [];
  try {
    await transaction((rows) => {
      seen = rows;
      throw UNDO;
    });
  } catch (error) {
    if (error !== UNDO) throw error;
  }
  return [...seen].sort((a, b) => a.pk - b.pk);
}
