import type { Database } from 'flairgate';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';

/** An object of one database. Ownership has columns of its own, as the conditions of the gate expect. */
export interface ObjectRow {
  readonly oid: string;
  readonly type: string;
  readonly id: string;
  /** JSON text. */
  readonly data: string;
  readonly created_by: string | null;
  readonly locked_by: string | null;
  readonly secret_to: string | null;
}

export interface Tables {
  readonly lime_object: ObjectRow;
}

/** Opens the table of objects in the database of the keys, and creates it if it is missing. */
export async function openObjects(database: Database): Promise<Kysely<Tables>> {
  const db = database.kind === 'sqlite' ? await openFile(database.file) : await openServer(database.url);
  await db.schema
    .createTable('lime_object')
    .ifNotExists()
    .addColumn('oid', 'text', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('id', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('created_by', 'text')
    .addColumn('locked_by', 'text')
    .addColumn('secret_to', 'text')
    .addPrimaryKeyConstraint('lime_object_key', ['oid', 'type', 'id'])
    .execute();
  return db;
}

async function openFile(file: string): Promise<Kysely<Tables>> {
  const { default: Libsql } = await import('libsql');
  const handle = new Libsql(file);
  handle.exec('pragma busy_timeout = 5000');
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: handle }) });
}

async function openServer(connectionString: string): Promise<Kysely<Tables>> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ connectionString, max: 5, statement_timeout: 5000, connectionTimeoutMillis: 5000 });
  // The pool drops a connection that is lost; without a listener its error would end the process.
  pool.on('error', () => undefined);
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}
