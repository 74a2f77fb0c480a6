import {
  type KeyQuestion,
  type KeyTable,
  type RowStore,
  type RowsOf,
  schema,
  type TableName,
} from '@flairgate/core/store';
import { CompiledQuery } from 'kysely';
import { codecs } from '../sql/codec.js';
import { failure } from '../sql/failure.js';
import { isLargeUser } from '../sql/large-user.js';
import { POLICY_GROUP } from '../sql/policy-group.js';
import { withParameters } from '../sql/queries.js';
import { decodeText } from '../sql/stored-text.js';
import { sqliteFailureOf } from './backend.js';
import type { Connection } from './connection.js';

/**
 * Creates a function that reads all rows that the rights of a key depend on, with one statement. A statement reads one
 * snapshot, so it needs no transaction.
 *
 * Each call of libsql costs more than SQLite needs for a row. A transaction would need 8 calls for the key of an
 * organization, and about 16 for the key of a user.
 */
export function keyReader(reader: Pick<Connection, 'execute' | 'runExclusive'>): NonNullable<RowStore['rowsOfKey']> {
  const statement = CompiledQuery.raw(KEY);
  return ({ tag, keyId, setting }: KeyQuestion) =>
    reader.runExclusive(async () => {
      try {
        const { rows } = reader.execute(withParameters(statement, [tag, keyId, setting, tag]));
        if (rows.length === 0) return NO_ROWS;
        const hex = String(Object(rows[0]).found);
        return hex === '' ? undefined : decodeTables(hex);
      } catch (error) {
        throw failure(sqliteFailureOf, error);
      }
    });
}

const found = (column: string) => `(select ${column} from "found")`;
const table = (name: TableName) => codecs[name].table;
const WITHIN = '(select gid from "within")';

/** The rows of a membership or a group of the key's user. */
const OF_USER = `uid = ${found('uid')}`;
const ACCEPTED = `${OF_USER} and accepted = 1`;
const OF_GROUPS = `gid in ${WITHIN} and oid in (select oid from ${table('consent')} where ${OF_USER})`;

/** SQL for the rows of each table, whatever the key. The joins of {@link KEY} name the rows by their letters. */
const rowsOfAnyKey: Partial<Readonly<Record<KeyTable, string>>> = {
  secret: joinedRow('secret', 's'),
  key: tableList('key', 'key_id in (s.key_id, ?)'),
  setting: joinedRow('setting', 't'),
  revision: joinedRow('revision', 'r'),
  identity: joinedRow('identity', 'i'),
  organization: joinedRow('organization', 'o'),
};

/** Further conditions, for the key of a user. */
const rowsOfUserKey: Partial<Readonly<Record<KeyTable, string>>> = {
  user: OF_USER,
  membership: ACCEPTED,
  consent: OF_USER,
  groupMember: ACCEPTED,
  groupChild: `child in ${WITHIN}`,
  group: `gid in ${WITHIN}`,
  groupOrganization: OF_GROUPS,
  // Policies grant permissions only to groups. A table maintained by triggers lists the policies for each group.
  policy: `(oid, name) in (
    select oid, name from ${POLICY_GROUP} where gid in ${WITHIN} and oid in (
      select oid from ${table('membership')} where ${ACCEPTED}
      union select oid from ${table('user')} where ${OF_USER}
      union select oid from ${table('groupOrganization')} where ${OF_GROUPS}))`,
};

const TABLES = [...Object.keys(rowsOfAnyKey), ...Object.keys(rowsOfUserKey)] as readonly KeyTable[];

/**
 * Statement that reads the rows as one text: a JSON list with the rows of each table. The text is in hexadecimal,
 * because libsql ends the process for a text that is not UTF-8.
 *
 * The rows that any key has are joined, so that each of them is looked up once. The rows of a user's key are not looked
 * up for other keys. For the key of a large user the text is empty, because SQLite converts NULL to an empty text.
 */
const KEY = `
  with recursive
    "sent" as (select * from ${table('secret')} where tag = ?),
    "found" as (select * from ${table('key')} where key_id = (select key_id from "sent")),
    "within" (gid) as (
      select gid from ${table('groupMember')} where ${ACCEPTED}
      union select above.gid from "within" join ${table('groupChild')} as above on above.child = "within".gid)
  select hex('[' || ${Object.values(rowsOfAnyKey).join(" || ',' || ")} ||
    case when k.uid is null then '' when ${isLargeUser('k.uid')} then null else ',' || ${userLists()} end || ']')
    as "found"
  from ${table('revision')} as r
    left join ${table('setting')} as t on t.name = ?
    left join ${table('secret')} as s on s.tag = ?
    left join ${table('key')} as k on k.key_id = s.key_id
    left join ${table('identity')} as i on i.id = k.identity
    left join ${table('organization')} as o on o.oid = k.oid
  where r.id = 1`;

function userLists(): string {
  const lists = Object.entries(rowsOfUserKey).map(([name, condition]) => tableList(name as KeyTable, condition));
  return lists.join(" || ',' || ");
}

/** Returns the SQL that writes a joined row as a JSON list of one row, or as an empty list if there is no such row. */
function joinedRow(name: KeyTable, letter: string): string {
  const { columns } = codecs[name];
  const [first] = schema[name].primary;
  const values = [...columns.values()].map((column) => `${letter}.${column}`).join(', ');
  return `case when ${letter}.${columns.get(String(first))} is null then '[]' else '[' || json_array(${values}) || ']' end`;
}

/** Returns the SQL that reads rows of one table as a JSON list of lists, in the order of the columns. */
function tableList(name: KeyTable, condition: string): string {
  const columns = [...codecs[name].columns.values()].join(', ');
  const order = schema[name].primary.map((property) => codecs[name].columns.get(property)).join(', ');
  const rows = `select * from ${table(name)} where ${condition} order by ${order}`;
  return `(select json_group_array(json_array(${columns})) from (${rows}))`;
}

/** The read rows of each table: the values of each row, in the order of the columns. */
type Lists = readonly (readonly (readonly unknown[])[])[];

function decodeTables(hex: string): RowsOf<KeyTable> {
  const lists: Lists = JSON.parse(decodeText('the rows of a key', hex));
  const rows: Record<string, readonly unknown[]> = { ...NO_ROWS };
  for (const [at, list] of lists.entries()) {
    const name = TABLES[at];
    if (name !== undefined && list.length > 0) rows[name] = list.map((values) => decodeRow(name, values));
  }
  return rows as RowsOf<KeyTable>;
}

const NO_ROWS = Object.fromEntries(TABLES.map((name) => [name, []])) as unknown as RowsOf<KeyTable>;

function decodeRow(name: KeyTable, values: readonly unknown[]) {
  const row: Record<string, unknown> = {};
  let at = 0;
  for (const property of codecs[name].columns.keys()) row[property] = values[at++];
  return codecs[name].decode(row);
}
