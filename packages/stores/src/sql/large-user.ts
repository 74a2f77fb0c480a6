import type { TableName } from '@flairgate/core/store';
import { codecs } from './codec.js';
import { POLICY_GROUP } from './policy-group.js';

/** Maximum number of a user's rows in each table that are read together with the row of the user's key. */
const MAX_ROWS = 32;

/**
 * Returns the SQL condition that a user has more than 32 memberships, consents, groups, or organizations or policies of
 * these groups. `uid` is the SQL expression for the id of the user. `"within"` must contain the ids of the groups.
 * `prefix` is written before the name of each table.
 *
 * The rows of such a user are read only after the key was checked. Otherwise each request with a revoked key would read
 * all rows of its user, which may be thousands.
 */
export function isLargeUser(uid: string, prefix = ''): string {
  const table = (name: TableName) => `${prefix}${codecs[name].table}`;
  const ofUser = `where uid = ${uid}`;
  const ofGroups = 'where gid in (select gid from "within")';
  const rows = [
    `${table('membership')} ${ofUser}`,
    `${table('consent')} ${ofUser}`,
    `${table('groupMember')} ${ofUser}`,
    '"within"',
    `${table('groupOrganization')} ${ofGroups}`,
    `${prefix}${POLICY_GROUP} ${ofGroups}`,
  ];
  const counts = rows.map(
    (from) => `(select count(*) from (select 1 from ${from} limit ${MAX_ROWS + 1}) as rows_of_user)`,
  );
  return `(${counts.map((count) => `${count} > ${MAX_ROWS}`).join(' or ')})`;
}
