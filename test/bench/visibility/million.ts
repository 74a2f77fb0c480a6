import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { kyselyFilter } from '@flairgate/core/filters/kysely';
import { createResourceRules } from '@flairgate/core/resources';
import { type Dialect, Kysely, PostgresDialect, SqliteDialect, sql } from 'kysely';
import Libsql from 'libsql';
import pg from 'pg';
import { party, type Row } from '../decide/party.js';
import { printFigure } from '../harness/figure.js';
import { dropSchema, hasPostgres, newFolder, newSchema, postgresUrl } from '../harness/fixture.js';
import type { BenchOptions } from '../harness/options.js';

interface Ownership {
  readonly oid: string;
  readonly type: string;
  readonly id: string;
  readonly organization: string;
  readonly created_by: string | null;
}

interface Tables {
  rule: Row;
  flairgate_ownership: Ownership;
}

interface Opened {
  readonly name: 'SQLite' | 'PostgreSQL';
  readonly db: Kysely<Tables>;
  drop(): Promise<void>;
}

const PAGE = 50;
const CREATORS = 1000;
const rules = createResourceRules({ type: 'rule', content: ['data'] });

/**
 * A page of 50 for a segmented key out of a million rows of a thousand creators: through `where`, against loading
 * the table and filtering then; and the guard's page of ids from ownership. Checks that each is an index scan.
 */
export async function measureMillion(options: BenchOptions): Promise<void> {
  const count = options.smoke ? 200_000 : 1_000_000;
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

async function measureOne({ name, db }: Opened, { smoke }: BenchOptions): Promise<void> {
  const page = db
    .selectFrom('rule')
    .selectAll()
    .where(kyselyFilter(rules.where(party, 'read')))
    .orderBy('id')
    .limit(PAGE);
  const owned = db
    .selectFrom('flairgate_ownership')
    .selectAll()
    .where('oid', '=', party.oid)
    .where('type', '=', 'rule')
    .where('organization', '=', party.oid)
    .where('created_by', '=', party.identity)
    .where(sql<boolean>`(oid, type, id) > (${party.oid}, 'rule', 'r2')`)
    .orderBy('oid')
    .orderBy('type')
    .orderBy('id')
    .limit(PAGE);
  await assertIndex(page, 'rule_by_creator', name);
  await assertIndex(owned, 'flairgate_ownership_by', name);
  const afterLoading = async () => {
    const all = await db.selectFrom('rule').selectAll().where('oid', '=', party.oid).orderBy('id').execute();
    return all.filter((row) => rules.check(party, row, 'know').allowed).slice(0, PAGE);
  };
  assert.deepEqual(await page.execute(), await afterLoading());
  const ours = await samples(() => page.execute(), smoke ? 20 : 200);
  const ids = await samples(() => owned.execute(), smoke ? 20 : 200);
  const naive = await samples(afterLoading, 1);
  const below = naive[0] ?? Number.NaN;
  printFigure(`visibility/page on ${name}: ours/time`, 'ms', ours);
  printFigure(`visibility/page of ids from ownership on ${name}/time`, 'ms', ids);
  printFigure(`visibility/page on ${name}: filtered after loading/time`, 'ms', naive);
  printFigure(
    `visibility/page on ${name}: ours ÷ filtered after loading`,
    'ratio',
    ours.map((each) => each / below),
  );
}

async function samples(run: () => Promise<readonly unknown[]>, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let sample = 0; sample < count; sample += 1) {
    const before = performance.now();
    assert.equal((await run()).length, PAGE);
    times.push(performance.now() - before);
  }
  return times;
}

interface Explained {
  explain(format?: undefined, expression?: ReturnType<typeof sql>): Promise<readonly unknown[]>;
  compile(): { readonly sql: string };
}

/** The plan reads an index and nothing else: no scan of the table, no sorting. Prints it. */
async function assertIndex(query: Explained, index: string, name: Opened['name']): Promise<void> {
  const rows = name === 'SQLite' ? await query.explain(undefined, sql`query plan`) : await query.explain();
  for (const row of rows) console.log(`${name}: ${lineOf(row)}`);
  const plan = JSON.stringify(rows);
  assert.match(plan, new RegExp(index), `${name}: ${plan}`);
  assert.doesNotMatch(plan, /Seq Scan|SCAN rule|TEMP B-TREE|"Sort /, `${name}: ${plan}`);
}

/** The text of one row of a plan: `detail` on SQLite, the only column on PostgreSQL. */
function lineOf(row: unknown): string {
  const values: readonly unknown[] = typeof row === 'object' && row !== null ? Object.values(row) : [];
  return String(values.at(-1));
}

/** Rows are made inside the database: 1,000 creators in one organization, some rows secret. */
async function fill({ name, db }: Opened, count: number): Promise<void> {
  const text = name === 'SQLite' ? sql`text` : sql`text collate "C"`;
  await sql`create table rule (id ${text}, oid ${text}, created_by ${text}, locked_by ${text}, secret_to ${text},
    name ${text}, data ${text})`.execute(db);
  await sql`create table flairgate_ownership (oid ${text}, type ${text}, id ${text}, organization ${text},
    created_by ${text}, primary key (oid, type, id))`.execute(db);
  const numbers =
    name === 'SQLite'
      ? sql`(with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${sql.lit(count)})
             select n from numbers)`
      : sql`generate_series(1, ${sql.lit(count)}) as numbers(n)`;
  const creator = sql`'i' || (n % ${sql.lit(CREATORS)})`;
  await sql`insert into rule select 'r' || n, 'o1', ${creator}, null,
    case when n % 10 = 0 then 's' || (n % 7) end, 'rule ' || n, 'data of ' || n from ${numbers}`.execute(db);
  await sql`insert into flairgate_ownership select 'o1', 'rule', 'r' || n, 'o1', ${creator} from ${numbers}`.execute(
    db,
  );
  await db.schema.createIndex('rule_by_creator').on('rule').columns(['oid', 'created_by', 'id']).execute();
  const columns = ['oid', 'type', 'organization', 'created_by', 'id'] as const;
  await db.schema
    .createIndex(`flairgate_ownership_by_${columns.join('_')}`)
    .on('flairgate_ownership')
    .columns([...columns])
    .execute();
  await sql.raw('analyze').execute(db);
}

function openSqlite(): Opened {
  const folder = newFolder();
  const dialect: Dialect = new SqliteDialect({ database: new Libsql(join(folder, 'rules.db')) });
  return { name: 'SQLite', db: new Kysely<Tables>({ dialect }), drop: async () => rmSync(folder, { recursive: true }) };
}

function openPostgres(): Opened {
  const schema = newSchema();
  const pool = new pg.Pool({ connectionString: postgresUrl, max: 1, options: `-c search_path=${schema}` });
  pool.on('connect', (client) => void client.query(`create schema if not exists ${schema}`));
  return {
    name: 'PostgreSQL',
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }),
    drop: () => dropSchema(schema),
  };
}
