import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { kyselyFilter } from '@flairgate/core/filters/kysely';
import { createResourceRules } from '@flairgate/core/resources';
import { type Dialect, Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import Libsql from 'libsql';
import pg from 'pg';
import { printFigure } from '../harness/figure.js';
import { dropSchema, hasPostgres, newFolder, newSchema, postgresUrl } from '../harness/fixture.js';
import type { BenchOptions } from '../harness/options.js';
import { printTimes, ratiosOf, type TimedCase, timeCases } from '../harness/time-cases.js';
import { party, type Row } from './party.js';

interface Tables {
  rule: Row;
}

interface Opened {
  readonly name: string;
  readonly db: Kysely<Tables>;
  /** The query as one writes it into the driver. */
  readonly bare: (text: string, parameters: readonly string[]) => Promise<readonly unknown[]>;
  drop(): Promise<void>;
}

const PAGE = 50;
const CREATORS = 1000;
const rules = createResourceRules({ type: 'rule', content: ['data'] });

/** Times a segmented page of a large table, by our filter and by a query written by hand. */
export async function measurePushdown(options: BenchOptions): Promise<void> {
  const count = options.smoke ? 20_000 : 1_000_000;
  for (const opened of [openSqlite(), ...((await hasPostgres()) ? [openPostgres()] : [])]) {
    try {
      await fill(opened, count);
      await measureOne(opened, options);
    } finally {
      await opened.db.destroy();
      await opened.drop();
    }
  }
}

async function measureOne({ name, db, bare }: Opened, options: BenchOptions): Promise<void> {
  const page = () => db.selectFrom('rule').selectAll().orderBy('id').limit(PAGE);
  const ours = () =>
    page()
      .where(kyselyFilter(rules.where(party, 'read')))
      .execute();
  const byHand = () => page().where('oid', '=', party.oid).where('created_by', '=', party.identity).execute();
  const [one, two] = name === 'SQLite' ? ['?', '?'] : ['$1', '$2'];
  const text = `select * from rule where oid = ${one} and created_by = ${two} order by id limit ${PAGE}`;
  const written = () => bare(text, [party.oid, party.identity]);
  assert.deepEqual(await ours(), await byHand());
  assert.deepEqual(await ours(), await written());
  assert.equal((await ours()).length, Math.min(PAGE, (await byHand()).length));
  const names = { ours: `page on ${name}: ours`, byHand: `page on ${name}: by hand` };
  const times = await timeCases(
    [timed(names.ours, ours), timed(names.byHand, byHand), timed(`page on ${name}: text to the driver`, written)],
    options,
  );
  printTimes('decide', times);
  printFigure(`decide/${names.ours}/÷ by hand`, 'ratio', ratiosOf(times, names.ours, names.byHand));
}

function timed(name: string, query: () => Promise<readonly unknown[]>): TimedCase {
  return {
    name,
    clock: 'wall',
    async run(count) {
      let right = 0;
      for (let index = 0; index < count; index++) if ((await query()).length > 0) right += 1;
      return right;
    },
  };
}

/** Rows are made inside the database: 1,000 creators in one organization, some rows secret or locked. */
async function fill({ name, db }: Opened, count: number): Promise<void> {
  const text = sql`text`;
  await db.schema
    .createTable('rule')
    .addColumn('id', text, (column) => column.primaryKey())
    .addColumn('oid', text)
    .addColumn('created_by', text)
    .addColumn('locked_by', text)
    .addColumn('secret_to', text)
    .addColumn('name', text)
    .addColumn('data', text)
    .execute();
  const columns = sql`'r' || n, 'o1', 'i' || (n % ${sql.lit(CREATORS)}), null,
    case when n % 10 = 0 then 's' || (n % 7) end, 'rule ' || n, 'data of ' || n`;
  const numbers =
    name === 'SQLite'
      ? sql`(with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${sql.lit(count)})
             select n from numbers)`
      : sql`generate_series(1, ${sql.lit(count)}) as numbers(n)`;
  await sql`insert into rule select ${columns} from ${numbers}`.execute(db);
  await db.schema.createIndex('rule_by_creator').on('rule').columns(['oid', 'created_by', 'id']).execute();
  await sql.raw('analyze').execute(db);
}

function openSqlite(): Opened {
  const folder = newFolder();
  const database = new Libsql(join(folder, 'rules.db'));
  const dialect: Dialect = new SqliteDialect({ database });
  return {
    name: 'SQLite',
    db: new Kysely<Tables>({ dialect }),
    bare: async (text, parameters) => database.prepare(text).all([...parameters]),
    drop: async () => rmSync(folder, { recursive: true }),
  };
}

function openPostgres(): Opened {
  const schema = newSchema();
  const pool = new pg.Pool({ connectionString: postgresUrl, max: 1, options: `-c search_path=${schema}` });
  pool.on('connect', (client) => void client.query(`create schema if not exists ${schema}`));
  return {
    name: 'PostgreSQL',
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
    bare: async (text, parameters) => (await pool.query(text, [...parameters])).rows,
    drop: () => dropSchema(schema),
  };
}
