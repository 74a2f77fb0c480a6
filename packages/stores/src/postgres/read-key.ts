import type { FeedQuestion, FeedTable, KeyQuestion, KeyTable, RowStore } from '@flairgate/core/store';
import { isLargeUser } from '../sql/large-user.js';
import { POLICY_GROUP } from '../sql/policy-group.js';
import { boundedReader, type ReaderConnections, type Together, togetherReader } from './read-together.js';

/**
 * Creates two functions, each of which runs one statement. `rowsOfKey` reads all rows that the rights of a key depend
 * on. `rowsOfFeed` reads a page of the change feed and the keys that the changes affect.
 */
export function keyReaders(connections: ReaderConnections): Required<Pick<RowStore, 'rowsOfKey' | 'rowsOfFeed'>> {
  const readKey = boundedReader(connections, KEY, exceeds);
  const readFeed = togetherReader(connections, FEED);
  return {
    rowsOfKey: ({ tag, keyId, setting }: KeyQuestion) => readKey([tag, keyId, setting]),
    rowsOfFeed: ({ after, limit, keyId, setting }: FeedQuestion) => readFeed([after, limit, keyId, setting]),
  };
}

/**
 * Statement that reads all rows that the rights of a key depend on. The statement has no joins: each part finds its
 * rows by values from an earlier part. Every query plan therefore uses the indexes. The estimated cost also stays so
 * low that PostgreSQL does not compile the statement (JIT).
 */
const KEY: Together<KeyTable> = {
  name: 'key',
  rows: {
    revision: 'id = 1',
    setting: 'name = $3',
    secret: 'tag = $1',
    key: 'key_id in ((select key_id from "secret"), $2)',
    identity: 'id = (select identity from "found")',
    organization: 'oid = (select oid from "found")',
    user: 'uid = (select uid from "found")',
    membership: 'uid = (select uid from "found") and accepted = 1',
    consent: 'uid = (select uid from "found")',
    groupMember: 'uid = (select uid from "found") and accepted = 1',
    groupChild: 'child = any(array(select gid from "within"))',
    group: 'gid = any(array(select gid from "within"))',
    groupOrganization: 'gid = any(array(select gid from "within")) and oid = any(array(select oid from "consent"))',
    // Policies grant permissions only to groups. A table maintained by triggers lists the policies for each group.
    policy: {
      from: '"named"',
      where: 'oid = "named".oid and name = "named".name',
    },
  },
  with: (table, stored) => [
    '"found" as (select * from "key" where key_id = (select key_id from "secret"))',
    // Has no depth column, so that `union` drops groups that were already found, and visits each group only once.
    `"within" (gid) as (
      select gid from "groupMember"
      union select above.gid from "within" cross join lateral (
        select gid from ${table('groupChild')} where child = "within".gid offset 0
      ) as above)`,
    `"named" as (
      select distinct oid, name from ${stored(POLICY_GROUP)}
      where gid = any(array(select gid from "within")) and oid = any(array(
        select oid from "membership" union select oid from "user" union select oid from "groupOrganization")))`,
  ],
};

const UID = '(select uid from "found")';

/** Returns the SQL condition that the key is a key of a large user. For a key without a user, nothing is counted. */
const exceeds = (prefix: string) => `${UID} is not null and ${isLargeUser(UID, prefix)}`;

const FEED: Together<FeedTable> = {
  name: 'feed',
  rows: {
    revision: 'id = 1',
    setting: 'name = $4',
    change: 'n > $1 order by n, scope, id limit $2',
    key: `key_id = any(array(select id from "change" where scope = 'key') || $3::text)`,
  },
};
