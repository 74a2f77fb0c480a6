import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';

interface Tables {
  readonly demo_rule: {
    readonly id: string;
    readonly name: string;
    readonly data: string;
    readonly oid: string;
    readonly created_by: string | null;
    readonly locked_by: string | null;
    readonly secret_to: string | null;
  };
}

/** Opens the one table of the rules service, in PostgreSQL or else in a file, and makes it where there is none. */
export async function openRules(url: string | undefined, file = 'rules.db'): Promise<Kysely<Tables>> {
  const db = url === undefined ? await openFile(file) : await openServer(url);
  await db.schema
    .createTable('demo_rule')
    .ifNotExists()
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addColumn('oid', 'text', (column) => column.notNull())
    .addColumn('created_by', 'text')
    .addColumn('locked_by', 'text')
    .addColumn('secret_to', 'text')
    .execute();
  const index = db.schema.createIndex('demo_rule_mine').ifNotExists().on('demo_rule');
  await index.columns(['oid', 'created_by', 'id']).execute();
  return db;
}

async function openFile(file: string): Promise<Kysely<Tables>> {
  const { default: Libsql } = await import('libsql');
  return new Kysely<Tables>({ dialect: new SqliteDialect({ database: new Libsql(file) }) });
}

async function openServer(connectionString: string): Promise<Kysely<Tables>> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ connectionString, max: 5, statement_timeout: 5000, connectionTimeoutMillis: 5000 });
  // The pool drops a connection that is lost; without a listener its error would end the process.
  pool.on('error', () => undefined);
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
}
