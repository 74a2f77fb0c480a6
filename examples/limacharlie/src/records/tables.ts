import { sql } from 'kysely';
import type { Engine } from './engine.js';
import type { Records } from './records.js';

/** A record of a hive. Ownership has its own columns, which the conditions of `gate.resources` use. */
export interface RecordTable {
  readonly oid: string;
  readonly hive: string;
  readonly name: string;
  /** Stays when the record is renamed. */
  readonly guid: string;
  /** JSON text. */
  readonly data: string;
  readonly enabled: number;
  /** Milliseconds since 1970; 0 = none. */
  readonly expiry: number;
  /** JSON text of a list. */
  readonly tags: string;
  readonly comment: string;
  /** JSON text of a list of labels and locations. */
  readonly ui_actions: string;
  /** A version: new with every write, random, so that it says nothing of the content. */
  readonly etag: string;
  readonly created_by: string | null;
  readonly locked_by: string | null;
  readonly secret_to: string | null;
  readonly author: string;
  readonly created_at: number;
  readonly last_author: string;
  readonly last_mod: number;
}

/** An installation key, or an object of one of Lime's types. `kind` is the type. */
export interface ObjectTable {
  readonly oid: string;
  readonly kind: string;
  readonly id: string;
  /** JSON text. */
  readonly data: string;
  readonly created_by: string | null;
  readonly locked_by: string | null;
  readonly secret_to: string | null;
  readonly author: string;
  readonly created_at: number;
  readonly last_author: string;
  readonly last_mod: number;
}

export interface Tables {
  readonly limacharlie_record: RecordTable;
  readonly limacharlie_object: ObjectTable;
}

type ColumnType = 'text' | 'text?' | 'integer';

const OBJECT_COLUMNS: Readonly<Record<keyof ObjectTable, ColumnType>> = {
  oid: 'text',
  kind: 'text',
  id: 'text',
  data: 'text',
  created_by: 'text?',
  locked_by: 'text?',
  secret_to: 'text?',
  author: 'text',
  created_at: 'integer',
  last_author: 'text',
  last_mod: 'integer',
};

/** Column types: text, null allowed where marked, and integers. */
const RECORD_COLUMNS: Readonly<Record<keyof RecordTable, ColumnType>> = {
  oid: 'text',
  hive: 'text',
  name: 'text',
  guid: 'text',
  data: 'text',
  enabled: 'integer',
  expiry: 'integer',
  tags: 'text',
  comment: 'text',
  ui_actions: 'text',
  etag: 'text',
  created_by: 'text?',
  locked_by: 'text?',
  secret_to: 'text?',
  author: 'text',
  created_at: 'integer',
  last_author: 'text',
  last_mod: 'integer',
};

/** Makes the tables where they are not there. Of processes that start at once, one makes them. */
export async function createTables(records: Records): Promise<void> {
  await alone(records, tableText(records.engine, 'limacharlie_record', RECORD_COLUMNS, 'oid, hive, name'));
  await addUserActions(records);
  await alone(records, tableText(records.engine, 'limacharlie_object', OBJECT_COLUMNS, 'oid, kind, id'));
  // What a segmented key lists and counts.
  await alone(records, indexText('limacharlie_record', 'oid, hive, created_by, name'));
  await alone(records, indexText('limacharlie_object', 'oid, kind, created_by, id'));
}

/** Adds the column to tables that were created before it. */
async function addUserActions(records: Records): Promise<void> {
  const lacks = async () => {
    const tables = await records.read((db) => db.introspection.getTables());
    const columns = tables.find(({ name }) => name === 'limacharlie_record')?.columns ?? [];
    return !columns.some(({ name }) => name === 'ui_actions');
  };
  if (!(await lacks())) return;
  const type = columnType(records.engine, 'text');
  const add = () =>
    records.write((db) =>
      sql.raw(`alter table limacharlie_record add column ui_actions ${type} default '[]'`).execute(db),
    );
  // Another process may have added it meanwhile.
  await add().catch(async (error: unknown) => {
    if (await lacks()) throw error;
  });
}

function tableText(
  engine: Engine,
  table: keyof Tables,
  types: Readonly<Record<string, ColumnType>>,
  primaryKey: string,
): string {
  const columns = Object.entries(types).map(([name, type]) => `${name} ${columnType(engine, type)}`);
  return `create table if not exists ${table} (${[...columns, `primary key (${primaryKey})`].join(', ')})`;
}

function indexText(table: keyof Tables, columns: string): string {
  return `create index if not exists ${table}_by_creator on ${table} (${columns})`;
}

/** PostgreSQL lets two `if not exists` meet in its catalogue; the second then finds what the first made. */
async function alone(records: Records, text: string): Promise<void> {
  const create = () => records.write((db) => sql.raw(text).execute(db));
  await create().catch(create);
}

function columnType({ kind }: Engine, type: ColumnType): string {
  if (type === 'integer') return kind === 'sqlite' ? 'integer not null' : 'bigint not null';
  const text = kind === 'sqlite' ? 'text' : 'text collate "C"';
  return type === 'text' ? `${text} not null` : text;
}
