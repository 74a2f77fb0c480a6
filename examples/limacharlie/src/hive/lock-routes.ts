import { denyIssues, type Outcome } from '@flairgate/core';
import { type InlineResource, releaseLock, transferLock } from '@flairgate/core/administration';
import { actorOf, type Route } from '@flairgate/server';
import type { Records } from '../records/records.js';
import type { AuthorizeHive } from './authorize-hive.js';
import { findRecordOwnership } from './find-record-ownership.js';
import { type RecordRequest, recordRoute } from './hive-route.js';
import type { HiveOptions } from './hive-routes.js';

/** Ends the lock of a record, or hands it on. Who may is the command's to judge; these say where the lock stands. */
export function lockRoutes({ records, administration }: HiveOptions, authorize: AuthorizeHive): readonly Route[] {
  const begin = (request: RecordRequest): Outcome<InlineResource> => {
    const caller = authorize(request, 'set');
    return caller.allowed ? { allowed: true, value: recordLock(records, request.params) } : caller;
  };
  return [
    recordRoute('DELETE', '/lock', 'Release the lock of a record: its holder, root or an owner', async (request) => {
      const record = begin(request);
      return record.allowed ? releaseLock(administration, actorOf(request), record.value) : record;
    }),
    recordRoute(
      'PUT',
      '/lock',
      'Hand the lock of a record to another key: its holder, root or an owner',
      async (request) => {
        const record = begin(request);
        if (!record.allowed) return record;
        const { to } = request.fields;
        if (to === undefined) return denyIssues([{ field: 'to', message: 'is required: the key_hash of a key' }]);
        return transferLock(administration, actorOf(request), { ...record.value, to });
      },
    ),
  ];
}

/** A record's lock in the demo's own table. */
function recordLock(records: Records, { hive, oid, name }: RecordRequest['params']): InlineResource {
  return {
    oid,
    type: 'record',
    id: name,
    lock: {
      find: () => findRecordOwnership(records, { oid, hive, name }),
      change: (from, to) =>
        records.write(async (db) => {
          const changed = await db
            .updateTable('limacharlie_record')
            .set({ locked_by: to })
            .where('oid', '=', oid)
            .where('hive', '=', hive)
            .where('name', '=', name)
            .where('locked_by', '=', from)
            .executeTakeFirst();
          return changed.numUpdatedRows > 0n;
        }),
    },
  };
}
