import { UnavailableError } from '@flairgate/core';
import { rowLevelSecurityFindings } from '@flairgate/core/rls';
import type { Finding } from './finding.js';

/** A table with row-level security. */
export interface ExaminedTable {
  readonly table: string;
  /** Default: the role that `url` connects as. */
  readonly role: string | undefined;
  readonly content: readonly string[];
  readonly idColumn: string | undefined;
}

const TIMEOUT_MS = 5000;

/** Checks a table for problems that disable its row-level security. Reads only the system catalogue. */
export async function examineTable(url: string, examined: ExaminedTable): Promise<readonly Finding[]> {
  const { default: driver } = await import('pg');
  const client = new driver.Client({
    connectionString: url,
    connectionTimeoutMillis: TIMEOUT_MS,
    statement_timeout: TIMEOUT_MS,
    application_name: 'flairgate doctor',
  });
  // A connection that is lost ends its statement; unheard, its event would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows: who } = await client.query<{ name: string }>('select current_user as name');
    const { table, content, idColumn, role = who[0]?.name ?? '' } = examined;
    const columns = idColumn === undefined ? {} : { columns: { id: idColumn } };
    const query = rowLevelSecurityFindings({ table, role, content, ...columns });
    const { rows } = await client.query<{ finding: string }>(query);
    return rows.map(({ finding }) => ({ check: 'row-level-security', text: finding }));
  } catch (error) {
    throw error instanceof Error && 'code' in error ? new UnavailableError('store', error) : error;
  } finally {
    await client.end().catch(() => undefined);
  }
}
