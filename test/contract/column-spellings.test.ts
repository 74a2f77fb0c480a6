import { DeniedError } from '@flairgate/core';
import { drizzleFilter, drizzleStamp } from '@flairgate/core/filters/drizzle';
import { knexFilter, knexStamp } from '@flairgate/core/filters/knex';
import { kyselyFilter, kyselyStamp } from '@flairgate/core/filters/kysely';
import { createResourceRules, type OrganizationCaller } from '@flairgate/core/resources';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { pgTable, text } from 'drizzle-orm/pg-core';
import knexOf from 'knex';
import { CamelCasePlugin, Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kindsToTest, postgresUrl } from '../../packages/stores/test/databases.js';

const [postgres] = await kindsToTest(['postgres']);
const schema = `flairgate_spellings_${process.pid}_${Date.now()}`;
const connection = { connectionString: postgresUrl, options: `-c search_path=${schema}` };

const caller: OrganizationCaller = {
  oid: 'org-a',
  identity: 'key:caller',
  secretId: 'sid',
  segment: false,
  lock: false,
  secret: false,
  root: false,
};

type Body = Readonly<Record<string, unknown>>;

/** One query layer, as a service uses it: what it writes of a body, through the rules and without them. */
interface Layer {
  update(body: Body): Promise<unknown>;
  updateBlindly(body: Body): Promise<unknown>;
  close(): Promise<unknown>;
}

const FIELDS = ['name', 'data'] as const;
const snake = createResourceRules({ type: 'rule', content: ['data'] });
const camelColumns = { createdBy: 'createdBy', lockedBy: 'lockedBy', secretTo: 'secretTo' } as const;
const camel = createResourceRules({ type: 'rule', content: ['data'], columns: camelColumns });

function knexLayer(): Layer {
  const knex = knexOf({ client: 'pg', connection, pool: { min: 0, max: 1 } });
  return {
    update: (body) =>
      knex('rule')
        .where(knexFilter(snake.where(caller, 'update')))
        .update({ ...snake.input(body, FIELDS), ...knexStamp(snake, caller, knex) }),
    updateBlindly: (body) => knex('rule').update({ ...body }),
    close: () => knex.destroy(),
  };
}

function kyselyLayer(): Layer {
  const pool = new pg.Pool({ ...connection, max: 1 });
  const db = new Kysely<{ rule: Record<string, unknown> }>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin()],
  });
  return {
    update: (body) =>
      db
        .updateTable('rule')
        .set({ ...camel.input(body, FIELDS), ...kyselyStamp(camel, caller) })
        .where(kyselyFilter(camel.where(caller, 'update')))
        .execute(),
    updateBlindly: (body) =>
      db
        .updateTable('rule')
        .set({ ...body })
        .execute(),
    close: () => db.destroy(),
  };
}

function drizzleLayer(): Layer {
  const rule = pgTable('rule', {
    id: text(),
    oid: text(),
    createdBy: text('created_by'),
    lockedBy: text('locked_by'),
    secretTo: text('secret_to'),
    name: text(),
    data: text(),
  });
  const pool = new pg.Pool({ ...connection, max: 1 });
  const db = drizzle({ client: pool });
  return {
    update: (body) =>
      db
        .update(rule)
        .set({ ...camel.input(body, FIELDS), ...drizzleStamp(camel, caller, rule, sql) } as never)
        .where(drizzleFilter(camel.where(caller, 'update'), rule, sql)),
    updateBlindly: (body) => db.update(rule).set({ ...body } as never),
    close: () => pool.end(),
  };
}

const spellings: readonly Body[] = [
  ...['oid ', 'created_by ', ' created_by', 'secret_to\t', 'OID', 'Created_By', 'rule.oid', 'oid.x', 'o_id'],
  ...['data ', 'Data', 'data.x', 'rule.data', '\uff44\uff41\uff54\uff41', '$set', 'created_by\u0000'],
].map((name) => ({ name: 'x', [name]: 'y' }));

/** Bodies that the layer itself would write into columns it must not. Drizzle knows columns by their exact key. */
const layers: readonly (readonly [name: string, open: () => Layer, dangerous: readonly Body[]])[] = [
  [
    'Knex',
    knexLayer,
    [
      { name: 'x', 'oid ': 'org-b' },
      { name: 'x', 'created_by ': 'key:victim' },
      { name: 'x', ' created_by': 'key:victim' },
      { name: 'x', 'secret_to\t': 'key:victim' },
      { name: 'x', 'data ': 'y' },
      { name: 'x', ' locked_by ': null },
    ],
  ],
  [
    'Kysely with CamelCasePlugin',
    kyselyLayer,
    [{ created_by: 'key:victim', secret_to: null }, { secret_to: null }, { name: 'x', locked_by: null }],
  ],
  ['Drizzle', drizzleLayer, []],
];

describe.skipIf(postgres === undefined).each(layers)('%s', (_name, open, dangerous) => {
  let layer: Layer;
  const admin = new pg.Pool({ connectionString: postgresUrl, max: 1 });
  const row = { id: 'r1', oid: 'org-a', created_by: 'key:owner', locked_by: null, secret_to: null };
  const rows = async () => (await admin.query(`select * from ${schema}.rule`)).rows as readonly unknown[];

  beforeAll(async () => {
    await admin.query(`create schema ${schema}`);
    await admin.query(
      `create table ${schema}.rule (id text, oid text, created_by text, locked_by text, secret_to text, name text, data text)`,
    );
    layer = open();
  });
  beforeEach(async () => {
    await admin.query(`truncate ${schema}.rule`);
    await admin.query(`insert into ${schema}.rule values ('r1', 'org-a', 'key:owner', null, null, 'first', 'content')`);
  });
  afterAll(async () => {
    await layer.close();
    await admin.query(`drop schema ${schema} cascade`);
    await admin.end();
  });

  it('an update by the rules writes the fields that may be set', async () => {
    await layer.update({ id: 'r9', oid: 'org-b', name: 'second', data: 'new', other: 1 });
    expect(await rows()).toEqual([{ ...row, name: 'second', data: 'new' }]);
  });

  it('an update by the rules writes no column by another spelling of its name', async () => {
    for (const body of [...dangerous, ...spellings]) {
      await expect(async () => layer.update(body), JSON.stringify(body)).rejects.toThrow(DeniedError);
    }
    expect(await rows()).toEqual([{ ...row, name: 'first', data: 'content' }]);
  });

  it.each(dangerous.map((body) => [JSON.stringify(body), body] as const))(
    'an update without the rules would write %s',
    async (_text, body) => {
      await admin.query(`update ${schema}.rule set locked_by = 'key:owner', secret_to = 'sid-of-owner'`);
      const guarded = { ...row, locked_by: 'key:owner', secret_to: 'sid-of-owner', data: 'content' };
      await layer.updateBlindly(body);
      const [written] = await rows();
      expect(written).not.toMatchObject(guarded);
    },
  );
});
