import type { OrganizationView } from '@flairgate/core';
import { kyselyContent, kyselyFilter } from '@flairgate/core/filters/kysely';
import type { Kysely } from 'kysely';
import { bytesOf, inPages } from '../records/pages.js';
import type { Records } from '../records/records.js';
import type { Tables } from '../records/tables.js';
import { hiveRules } from './hive-rules.js';
import type { SeenRecord } from './record.js';

/** Everything of a record but its content. */
const PLAIN_COLUMNS = [
  'oid',
  'hive',
  'name',
  'guid',
  'enabled',
  'expiry',
  'tags',
  'comment',
  'ui_actions',
  'etag',
  'created_by',
  'locked_by',
  'secret_to',
  'author',
  'created_at',
  'last_author',
  'last_mod',
] as const;

/**
 * The records of a hive that the caller may know, by name, page by page. Withheld content does not leave the database.
 */
export async function* listRecords(
  records: Records,
  caller: OrganizationView,
  hive: string,
): AsyncGenerator<readonly SeenRecord[]> {
  const sizes = (after: string | undefined, limit: number) =>
    records.read((db) => {
      const sized = mine(db, caller, hive).select(['name as id', bytesOf('data').as('bytes')]);
      return (after === undefined ? sized : sized.where('name', '>', after)).orderBy('name').limit(limit).execute();
    });
  const rows = (first: string, last: string) =>
    records.read((db) =>
      known(db, caller, hive).where('name', '>=', first).where('name', '<=', last).orderBy('name').execute(),
    );
  for await (const page of inPages(sizes, rows)) yield hiveRules.view(caller, page) as SeenRecord[];
}

/** One record as the caller may see it; undefined where it is hidden or missing. */
export async function readRecord(
  records: Records,
  caller: OrganizationView,
  hive: string,
  name: string,
): Promise<SeenRecord | undefined> {
  const row = await records.read((db) => known(db, caller, hive).where('name', '=', name).executeTakeFirst());
  return hiveRules.view(caller, row) as SeenRecord | undefined;
}

function known(db: Kysely<Tables>, caller: OrganizationView, hive: string) {
  return mine(db, caller, hive).select(PLAIN_COLUMNS).select(kyselyContent(hiveRules, caller));
}

function mine(db: Kysely<Tables>, caller: OrganizationView, hive: string) {
  return db
    .selectFrom('limacharlie_record')
    .where('oid', '=', caller.oid)
    .where('hive', '=', hive)
    .where(kyselyFilter(hiveRules.where(caller, 'read')));
}
