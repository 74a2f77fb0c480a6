import type { OwnedResource, OwnershipPage } from '@flairgate/core/administration';
import type { Ownership } from '@flairgate/core/resources';
import type { Records } from '../records/records.js';

/** Names one record. */
interface RecordName {
  readonly oid: string;
  readonly hive: string;
  readonly name: string;
}

/** Reads the ownership of a record. Undefined if there is none. */
export function findRecordOwnership(records: Records, { oid, hive, name }: RecordName): Promise<Ownership | undefined> {
  return records.read(async (db) => {
    const row = await db
      .selectFrom('limacharlie_record')
      .select(['created_by', 'locked_by', 'secret_to'])
      .where('oid', '=', oid)
      .where('hive', '=', hive)
      .where('name', '=', name)
      .executeTakeFirst();
    return row && { createdBy: row.created_by, lockedBy: row.locked_by, secretTo: row.secret_to };
  });
}

/** Lists the ownership of the records of a hive, by name. */
export function listRecordOwnership(
  records: Records,
  { oid, hive }: Omit<RecordName, 'name'>,
  { after, limit, createdBy }: OwnershipPage,
): Promise<readonly OwnedResource[]> {
  return records.read(async (db) => {
    const all = db
      .selectFrom('limacharlie_record')
      .select(['name', 'created_by', 'locked_by', 'secret_to'])
      .where('oid', '=', oid)
      .where('hive', '=', hive)
      .where('name', '>', after)
      .orderBy('name')
      .limit(limit);
    const rows = await (createdBy === undefined ? all : all.where('created_by', '=', createdBy)).execute();
    return rows.map(({ name, created_by: creator, locked_by: lockedBy, secret_to: secretTo }) => ({
      id: name,
      ownership: { createdBy: creator, lockedBy, secretTo },
    }));
  });
}
