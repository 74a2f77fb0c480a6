import { OptionError } from '@flairgate/core';
import { type Kysely, Migrator, type MigratorProps, sql } from 'kysely';
import type { Database } from './conditions.js';
import { firstTables } from './migrations/0001-first-tables.js';
import { made } from './migrations/0002-made.js';
import { consent } from './migrations/0003-consent.js';
import { policyGroups } from './migrations/0004-policy-groups.js';
import { offersByGroup } from './migrations/0005-offers-by-group.js';
import { usage } from './migrations/0006-usage.js';
import { auditFilters } from './migrations/0007-audit-filters.js';
import { federations } from './migrations/0008-federations.js';
import { organizationNames } from './migrations/0009-organization-names.js';
import { signIn } from './migrations/0010-sign-in.js';
import { growthIndexes } from './migrations/0011-growth-indexes.js';
import type { Engine } from './migrations/engine.js';

type Up = (db: Kysely<unknown>, engine: Engine, schema?: string) => Promise<void>;

/**
 * All migrations by name, in order. Add new migrations at the end. A migration must only add to the tables (expand), so
 * that processes of the previous release can still use the database. A later release removes what is no longer needed
 * (contract).
 */
const migrations: Readonly<Record<string, Up>> = {
  '0001-first-tables': firstTables,
  '0002-made': made,
  '0003-consent': consent,
  '0004-policy-groups': policyGroups,
  '0005-offers-by-group': offersByGroup,
  '0006-usage': usage,
  '0007-audit-filters': auditFilters,
  '0008-federations': federations,
  '0009-organization-names': organizationNames,
  '0010-sign-in': signIn,
  '0011-growth-indexes': growthIndexes,
};

const MIGRATION_TABLE = 'flairgate_migration';
const LOCK_TABLE = `${MIGRATION_TABLE}_lock`;

/**
 * Names of two tables of Kysely's migrator. One records completed migrations. The other is a lock, so that only one
 * process migrates at a time.
 */
export const MIGRATION_TABLES: readonly string[] = [MIGRATION_TABLE, LOCK_TABLE];

/** Options of {@link migrate}. */
export interface MigrateOptions {
  readonly schema?: string | undefined;
  /** True to refuse a database that must be migrated, instead of migrating it. */
  readonly mustBeCurrent?: boolean | undefined;
}

/**
 * Migrates the tables of a database to this version. Does nothing if they already have this version.
 *
 * Several processes may call this function at the same time. For SQLite, the caller must hold a lock. For PostgreSQL,
 * Kysely's migrator takes one.
 *
 * @throws OptionError for a database that a newer version has migrated. If `mustBeCurrent`, also for a database that
 * must be migrated.
 */
export async function migrate(
  db: Kysely<Database>,
  engine: Engine,
  { schema: named, mustBeCurrent }: MigrateOptions = {},
): Promise<void> {
  const schema = engine === 'postgres' ? (named ?? (await schemaOfTables(db))) : named;
  const applied = await appliedMigrations(db, engine, schema);
  assertNotNewer(applied);
  const missing = Object.keys(migrations).find((name) => !applied.includes(name));
  if (missing === undefined) return;
  if (mustBeCurrent) throw new OptionError(`the tables of the database lack ${missing}; run \`flairgate migrate\``);
  const { error } = await new Migrator(migratorProps(db, engine, schema)).migrateToLatest();
  if (error === undefined) return;
  assertNotNewer(await appliedMigrations(db, engine, schema));
  throw error;
}

function migratorProps(db: Kysely<Database>, engine: Engine, schema: string | undefined): MigratorProps {
  const named = Object.entries(migrations).map(([name, up]) => {
    const within = (given: Kysely<unknown>) => (schema === undefined ? given : given.withSchema(schema));
    return [name, { up: (given: Kysely<unknown>) => up(within(given), engine, schema) }] as const;
  });
  const props: MigratorProps = {
    db,
    provider: { getMigrations: async () => Object.fromEntries(named) },
    migrationTableName: MIGRATION_TABLE,
    migrationLockTableName: LOCK_TABLE,
  };
  return schema === undefined ? props : { ...props, migrationTableSchema: schema };
}

/**
 * Returns the first schema on the search path that contains Flairgate's migration table. If there is none, returns the
 * schema in which new tables would be created.
 *
 * The name is needed to find the right migration table. Without the name, Kysely would also find a migration table in
 * any other schema.
 */
async function schemaOfTables(db: Kysely<Database>): Promise<string> {
  const { rows } = await sql<{ readonly name: string | null }>`
    select coalesce(
      (select nspname from pg_class join pg_namespace on pg_namespace.oid = relnamespace
        where pg_class.oid = to_regclass(${MIGRATION_TABLE})),
      current_schema()) as name`.execute(db);
  const name = rows[0]?.name ?? undefined;
  if (name !== undefined) return name;
  throw new OptionError('postgresStore: schema: must be set, because no schema of the search path exists');
}

async function appliedMigrations(
  db: Kysely<Database>,
  engine: Engine,
  schema: string | undefined,
): Promise<readonly string[]> {
  const within = schema === undefined ? db : db.withSchema(schema);
  const { rows: found } = await (engine === 'postgres'
    ? sql`select 1 from pg_tables where schemaname = ${schema} and tablename = ${MIGRATION_TABLE}`
    : sql`select 1 from sqlite_master where type = 'table' and name = ${MIGRATION_TABLE}`
  ).execute(db);
  if (found.length === 0) return [];
  const rows = await within.selectFrom(MIGRATION_TABLE).select('name').execute();
  return rows.map((row) => String(row.name));
}

function assertNotNewer(applied: readonly string[]): void {
  const newer = applied.find((name) => migrations[name] === undefined);
  if (newer === undefined) return;
  throw new OptionError(
    `the database was made by a newer Flairgate (it has ${newer}); start that version or a later one`,
  );
}
