import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '@flairgate/core/store';
import { postgresStore } from '@flairgate/stores/postgres';
import { sqliteStore } from '@flairgate/stores/sqlite';
import Libsql from 'libsql';
import pg from 'pg';
import { dropSchema, newFolder, newSchema, postgresUrl } from './fixture.js';

export type Database = 'SQLite' | 'PostgreSQL';

/** SQL expressions over `n`, the number of the row that is made. */
export interface Numbered {
  /** Text that begins with `prefix` and ends with the value of `of` in `length` digits. `of` is `n` by default. */
  id(prefix: string, length?: number, of?: string): string;
  /** The value of `of` in 12 hexadecimal digits. */
  hex(of: string): string;
  /** 32 hexadecimal digits that differ in every row. */
  readonly tag: string;
}

/** Rows of one table: an SQL expression over `n` for each column. */
export interface BulkRows {
  readonly table: string;
  readonly columns: Readonly<Record<string, string>>;
  /** Condition on `n`, in SQL. @default all rows */
  readonly where?: string;
}

/** A database of its own that is filled past the library, inside the server. */
export interface BulkDatabase {
  readonly database: Database;
  readonly store: Store;
  readonly numbered: Numbered;
  /** Opens one more store on the database. */
  open(): Promise<Store>;
  /** Inserts rows with `n` above `from`, up to and including `to`. */
  fill(rows: readonly BulkRows[], from: number, to: number): Promise<void>;
  /** Closes and removes the database. */
  remove(): Promise<void>;
}

/** Rows of one transaction, so that a log that is written ahead stays small. */
const ROWS_AT_ONCE = 250_000;

/** Creates an empty database. The caller removes it. */
export function createBulkDatabase(database: Database): Promise<BulkDatabase> {
  return database === 'SQLite' ? inFile() : inSchema();
}

async function inFile(): Promise<BulkDatabase> {
  const folder = newFolder();
  const file = join(folder, 'growth.db');
  const open = () => sqliteStore({ file, masterKey });
  try {
    const store = await open();
    return {
      database: 'SQLite',
      store,
      open,
      numbered: {
        id: (prefix, length = 12, of = 'n') => `('${prefix}' || printf('%0${length}d', ${of}))`,
        hex: (of) => `printf('%012x', ${of})`,
        tag: 'lower(hex(randomblob(16)))',
      },
      fill: async (rows, from, to) => fillFile(file, slices(from, to), rows),
      async remove() {
        await store.close();
        rmSync(folder, { recursive: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
}

async function inSchema(): Promise<BulkDatabase> {
  const schema = newSchema();
  const open = () => postgresStore({ url: withoutDisk(postgresUrl), schema, masterKey });
  try {
    const store = await open();
    return {
      database: 'PostgreSQL',
      store,
      open,
      numbered: {
        id: (prefix, length = 12, of = 'n') => `('${prefix}' || lpad((${of})::text, ${length}, '0'))`,
        hex: (of) => `lpad(to_hex((${of})::bigint), 12, '0')`,
        tag: 'md5(random()::text || n)',
      },
      fill: (rows, from, to) => fillSchema(schema, slices(from, to), rows),
      async remove() {
        await store.close();
        await dropSchema(schema);
      },
    };
  } catch (error) {
    await dropSchema(schema);
    throw error;
  }
}

const masterKey = randomBytes(32);

/** Returns a URL whose sessions do not wait for the disk at a commit, because that wait hides what grows. */
function withoutDisk(text: string): string {
  const url = new URL(text);
  url.searchParams.set('options', '-c synchronous_commit=off');
  return url.href;
}

interface Slice {
  readonly from: number;
  readonly to: number;
}

function slices(from: number, to: number): readonly Slice[] {
  const all: Slice[] = [];
  for (let at = from; at < to; at += ROWS_AT_ONCE) all.push({ from: at, to: Math.min(to, at + ROWS_AT_ONCE) });
  return all;
}

function insertOf({ table, columns, where }: BulkRows, numbers: string): string {
  const names = Object.keys(columns).join(', ');
  const values = Object.values(columns).join(', ');
  return `insert into ${table} (${names}) select ${values} from ${numbers}${where === undefined ? '' : ` where ${where}`}`;
}

/** Fills the tables without an `ANALYZE`, because the library runs none. */
function fillFile(file: string, parts: readonly Slice[], rows: readonly BulkRows[]): void {
  const database = new Libsql(file);
  database.exec('pragma synchronous = off; pragma cache_size = -400000; pragma busy_timeout = 10000');
  for (const { from, to } of parts) {
    const counted = `select ${from + 1} union all select n + 1 from numbers where n < ${to}`;
    database.exec('begin immediate');
    for (const each of rows) {
      database.exec(insertOf(each, `(with recursive numbers(n) as (${counted}) select n from numbers)`));
    }
    database.exec('commit');
  }
  database.exec('pragma wal_checkpoint(truncate)');
  database.close();
}

/** Fills the tables, then updates their statistics as the server's autovacuum would do within a minute. */
async function fillSchema(schema: string, parts: readonly Slice[], rows: readonly BulkRows[]): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(`set search_path to ${schema}; set synchronous_commit to off`);
    for (const { from, to } of parts) {
      await client.query('begin');
      for (const each of rows) await client.query(insertOf(each, `generate_series(${from + 1}, ${to}) as numbers(n)`));
      await client.query('commit');
    }
    for (const table of new Set(rows.map((each) => each.table))) await client.query(`vacuum (analyze) ${table}`);
  } finally {
    await client.end();
  }
}
