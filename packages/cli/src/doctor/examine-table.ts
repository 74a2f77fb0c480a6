import { UnavailableError } from '@flairgate/core';
import { rowLevelSecurityFindings } from '@flairgate/core/rls';
import type { Client } from 'pg';
import type { Finding } from './finding.js';

/** A table with row-level security. */
export interface ExaminedTable {
  readonly table: string;
  /** Database role to check. Defaults to the role of the database connection. */
  readonly role: string | undefined;
  readonly content: readonly string[];
  readonly idColumn: string | undefined;
}

const STATEMENT_TIMEOUT_MS = 5000;

/** Checks a table for problems that disable its row-level security, and for organization ids in upper case. */
export async function examineTable(url: string, examined: ExaminedTable): Promise<readonly Finding[]> {
  const { default: driver } = await import('pg');
  const client = new driver.Client({
    connectionString: url,
    connectionTimeoutMillis: STATEMENT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    application_name: 'flairgate doctor',
  });
  // A lost connection already rejects the running statement. Without this listener, the `error` event would end the
  // process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows: who } = await client.query<{ name: string }>('select current_user as name');
    const { table, content, idColumn, role = who[0]?.name ?? '' } = examined;
    const columns = idColumn === undefined ? {} : { columns: { id: idColumn } };
    const query = rowLevelSecurityFindings({ table, role, content, ...columns });
    const { rows } = await client.query<{ finding: string }>(query);
    const found = rows.map(({ finding }) => ({ check: 'row-level-security' as const, text: finding }));
    return [...found, ...(await examineCase(client, table))];
  } catch (error) {
    throw error instanceof Error && 'code' in error ? new UnavailableError('store', error) : error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Maximum number of rows whose organization id is checked for upper case. */
const MAX_ROWS = 100_000;

/**
 * Reports rows whose organization id is in upper case. `gate.resources` finds such rows only with the option
 * `organizationCase: 'upper'`.
 */
async function examineCase(client: Client, table: string): Promise<readonly Finding[]> {
  const { rows: named } = await client.query<{ name: string }>(NAME_OF, [table]);
  const name = named[0]?.name;
  if (name === undefined) return [];
  const { rows } = await client.query<{ upper: number; lower: number }>(
    `select count(*) filter (where oid ~ '[A-F]')::int as upper, count(*) filter (where oid ~ '[a-f]')::int as lower
     from (select oid::text as oid from ${name} limit ${MAX_ROWS}) as looked_at`,
  );
  const { upper = 0, lower = 0 } = rows[0] ?? {};
  if (upper === 0) return [];
  const remedy =
    lower === 0
      ? "use `organizationCase: 'upper'` for its resources"
      : 'change them to one case, because no setting finds both';
  const text = `${upper} rows have the organization in capitals, ${lower} in lower case; ${remedy}`;
  return [{ check: 'organization-case', text }];
}

/**
 * SQL query that returns the quoted name of the table. The query returns no row if the table has no column `oid`, or if
 * the role of the connection cannot read this column.
 */
const NAME_OF = `
  select format('%I.%I', n.nspname, c.relname) as name
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'oid' and a.attnum > 0 and not a.attisdropped
  where c.oid = to_regclass($1) and has_column_privilege(c.oid, a.attnum, 'select')`;
