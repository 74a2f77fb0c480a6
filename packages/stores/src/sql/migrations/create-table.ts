import { type CreateTableBuilder, type Kysely, type RawBuilder, sql } from 'kysely';
import type { Engine } from './engine.js';

/** The type of a new column. A `?` means that the column can be null. */
export type NewColumn = 'text' | 'text?' | 'integer' | 'integer?';

/** A table that a migration creates. */
export interface NewTable {
  readonly columns: Readonly<Record<string, NewColumn>>;
  readonly primary: readonly string[];
  readonly unique?: readonly (readonly string[])[];
  readonly indexes?: readonly (readonly string[])[];
}

/**
 * Creates tables and their indexes.
 *
 * The SQL that this function produces for a given table must not change, because migrations that have already run used
 * it.
 */
export async function createTables(
  db: Kysely<unknown>,
  engine: Engine,
  created: Readonly<Record<string, NewTable>>,
): Promise<void> {
  for (const [name, table] of Object.entries(created)) await createTable(db, engine, name, table);
}

async function createTable(db: Kysely<unknown>, engine: Engine, name: string, table: NewTable): Promise<void> {
  let create: CreateTableBuilder<string, string> = db.schema.createTable(name);
  for (const [column, type] of Object.entries(table.columns)) {
    create = create.addColumn(column, columnType(engine, type), (built) =>
      isNullable(type) ? built : built.notNull(),
    );
  }
  create = create.addPrimaryKeyConstraint(`${name}_primary`, [...table.primary]);
  if (engine === 'sqlite') create = create.modifyEnd(sql`strict, without rowid`);
  await create.execute();
  for (const columns of table.unique ?? []) await newIndex(db, name, columns).unique().execute();
  for (const columns of table.indexes ?? []) await createIndex(db, name, columns);
}

/** Creates an index. Its name consists of the table name and the column names. */
export function createIndex(db: Kysely<unknown>, table: string, columns: readonly string[]): Promise<void> {
  return newIndex(db, table, columns).execute();
}

function newIndex(db: Kysely<unknown>, table: string, columns: readonly string[]) {
  return db.schema
    .createIndex(`${table}_by_${columns.join('_')}`)
    .on(table)
    .columns([...columns]);
}

/**
 * Returns the SQL type for a column. Both databases sort text by its bytes, so that lists and pages have the same
 * order.
 */
export function columnType(engine: Engine, type: NewColumn): RawBuilder<unknown> {
  const isText = type.startsWith('text');
  if (engine === 'sqlite') return isText ? sql`text` : sql`integer`;
  return isText ? sql`text collate "C"` : sql`bigint`;
}

/** True if the column can be null. */
export function isNullable(type: NewColumn): boolean {
  return type.endsWith('?');
}
