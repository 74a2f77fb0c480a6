import type { TableName } from '@flairgate/core/store';
import { codecs } from './codec.js';

/** Maximum number of a user's rows in each table that are read together with the row of the user's key. */
const MAX_ROWS = 100;

/** Tables with a row for each organization or group of a user. */
const TABLES = ['membership', 'consent', 'groupMember'] as const satisfies readonly TableName[];

/**
 * Returns the SQL condition that a user has more than 100 rows in one of {@link TABLES}. `uid` is the SQL expression
 * for the id of the user. `prefix` is written before the name of each table.
 *
 * The rows of such a user are read only after the key was checked. Otherwise a revoked key of a user in thousands of
 * organizations would cost its holder nothing, and this service all these rows for each request.
 */
export function isLargeUser(uid: string, prefix = ''): string {
  const counts = TABLES.map((name) => {
    const rows = `select 1 from ${prefix}${codecs[name].table} where uid = ${uid} limit ${MAX_ROWS + 1}`;
    return `(select count(*) from (${rows}) as rows_of_user) > ${MAX_ROWS}`;
  });
  return `(${counts.join(' or ')})`;
}
