import { type DatabaseIntrospector, type Kysely, PostgresDialect, sql, type TableMetadata } from 'kysely';
import { MIGRATION_TABLES } from '../sql/migrate.js';

/**
 * Dialect whose introspection finds only the migration tables.
 *
 * Kysely's own PostgreSQL dialect reads the description of every table in every schema. That takes a long time in a
 * large database, and fails if another client drops a schema at the same time.
 */
export class StoreDialect extends PostgresDialect {
  override createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    const getTables = () => readMigrationTables(db);
    return {
      getSchemas: async () => {
        const { rows } = await sql<{ readonly name: string }>`select nspname as name from pg_namespace`.execute(db);
        return rows;
      },
      getTables,
      getMetadata: async () => ({ tables: await getTables() }),
    };
  }
}

async function readMigrationTables(db: Kysely<unknown>): Promise<TableMetadata[]> {
  const { rows } = await sql<{ readonly name: string; readonly schema: string }>`
    select relname as name, nspname as schema
    from pg_class join pg_namespace on pg_namespace.oid = relnamespace
    where relname in (${sql.join(MIGRATION_TABLES)}) and relkind in ('r', 'p')`.execute(db);
  return rows.map((table) => ({ ...table, isView: false, columns: [] }));
}
