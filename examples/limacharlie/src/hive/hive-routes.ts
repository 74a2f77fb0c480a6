import { allow, denyIssues } from '@flairgate/core';
import type { AdministrationContext, RefusalLog } from '@flairgate/core/administration';
import { type Route, streamedAnswer } from '@flairgate/server';
import type { Records } from '../records/records.js';
import { type AuthorizeHive, type CountUse, createAuthorizeHive } from './authorize-hive.js';
import { batchRoute } from './batch-route.js';
import { createHiveActions, type HiveActions } from './hive-actions.js';
import { hiveRoute, recordRoute } from './hive-route.js';
import { legacyRoutes } from './legacy-routes.js';
import { lockRoutes } from './lock-routes.js';
import { listRecords } from './read-records.js';
import { printMetadataText, printRecordText, type SeenRecord } from './record.js';
import { schemaRoute } from './schema-route.js';

export interface HiveOptions {
  readonly records: Records;
  readonly administration: AdministrationContext;
  /** Audit of what a batch refuses; other refusals are written by the error handler. */
  readonly refusals: RefusalLog;
  readonly randomUUID: () => string;
  readonly countUse: CountUse;
}

/** LimaCharlie's record store: `/v1/hive/:hive/:oid[/:name[/data|mtd|validate|rename]]`. */
export function hiveRoutes(options: HiveOptions): readonly Route[] {
  const authorize = createAuthorizeHive(options.administration.catalogue, options.countUse);
  const actions = createHiveActions(options);
  return [
    batchRoute(actions, options.refusals),
    schemaRoute(options.administration),
    listRoute(options, authorize),
    ...recordRoutes(actions),
    ...lockRoutes(options, authorize),
    ...legacyRoutes(options, authorize, actions),
  ];
}

/** A caller with the permission for metadata alone sees each record without its content. */
function listRoute({ records }: HiveOptions, authorize: AuthorizeHive): Route {
  return hiveRoute('List the records of a hive', async (request) => {
    const whole = authorize(request, 'get');
    const caller = whole.allowed ? whole : authorize(request, 'getMetadata');
    if (!caller.allowed) return caller;
    const pages = listRecords(records, caller.value, request.params.hive);
    return allow(streamedAnswer(listText(pages, whole.allowed ? printRecordText : printMetadataText)));
  });
}

async function* listText(
  pages: AsyncIterable<readonly SeenRecord[]>,
  print: (row: SeenRecord) => string,
): AsyncGenerator<string> {
  let before = '{';
  for await (const page of pages) {
    for (const row of page) {
      yield `${before}${JSON.stringify(row.name)}:${print(row)}`;
      before = ',';
    }
  }
  yield before === '{' ? '{}' : '}';
}

function recordRoutes(actions: HiveActions): readonly Route[] {
  const { read, readMetadata, write, writeMetadata, validate, rename, remove } = actions;
  return [
    recordRoute('GET', '', 'Read a record', read),
    recordRoute('GET', '/data', 'Read a record', read),
    recordRoute('GET', '/mtd', 'Read a record without its content', readMetadata),
    recordRoute('POST', '/data', 'Create a record, or replace its content', write),
    recordRoute('POST', '/mtd', 'Change the metadata of a record', writeMetadata),
    recordRoute('POST', '/validate', 'Check a record without storing it', validate),
    recordRoute('POST', '/rename', 'Rename a record', async (request) => {
      const { new_name: newName } = request.fields;
      if (newName === undefined) return denyIssues([{ field: 'new_name', message: 'is required' }]);
      return rename(request, newName);
    }),
    recordRoute('DELETE', '', 'Delete a record', remove),
  ];
}
