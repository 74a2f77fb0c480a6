import { sql } from 'kysely';
import type { Engine } from './engine.js';
import type { Records } from './records.js';

/** A record of a hive. Ownership stands in its own columns, where the conditions of `gate.resources` look for it. */
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

export interface Tables {
  readonly limacharlie_record: RecordTable;
}

/** Column types: text, null allowed where marked, and integers. */
const RECORD_COLUMNS: Readonly<Record<keyof RecordTable, 'text' | 'text?' | 'integer'>> = {
  oid: 'text',
  hive: 'text',
  name: 'text',
  guid: 'text',
  data: 'text',
  enabled: 'integer',
  expiry: 'integer',
  tags: 'text',
  comment: 'text',
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
  const columns = Object.entries(RECORD_COLUMNS).map(([name, type]) => `${name} ${columnType(records.engine, type)}`);
  const key = 'primary key (oid, hive, name)';
  const text = `create table if not exists limacharlie_record (${[...columns, key].join(', ')})`;
  await alone(records, text);
  // What a segmented key lists and counts.
  const index =
    'create index if not exists limacharlie_record_by_creator on limacharlie_record (oid, hive, created_by, name)';
  await alone(records, index);
}

/** PostgreSQL lets two `if not exists` meet in its catalogue; the second then finds what the first made. */
async function alone(records: Records, text: string): Promise<void> {
  const create = () => records.write((db) => sql.raw(text).execute(db));
  await create().catch(create);
}

function columnType({ kind }: Engine, type: 'text' | 'text?' | 'integer'): string {
  if (type === 'integer') return kind === 'sqlite' ? 'integer not null' : 'bigint not null';
  const text = kind === 'sqlite' ? 'text' : 'text collate "C"';
  return type === 'text' ? `${text} not null` : text;
}
