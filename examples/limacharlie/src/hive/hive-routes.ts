import { allow, deny, denyIssues, type Outcome } from '@flairgate/core';
import { type AdministrationContext, limitsOf } from '@flairgate/core/administration';
import { type Route, streamedAnswer } from '@flairgate/server';
import type { Records } from '../records/records.js';
import { createEnter, type Enter } from './authorize-hive.js';
import { admitBlank, createExplain } from './explain.js';
import { hiveRoute, type RecordRequest, recordRoute } from './hive-route.js';
import { lockRoutes } from './lock-routes.js';
import { listRecords, readRecord } from './read-records.js';
import { parseData, parseMetadata, printRecord, printRecordText, type SeenRecord } from './record.js';
import {
  deleteRecord,
  type Etag,
  renameRecord,
  updateMetadata,
  updateRecord,
  upsertRecord,
  type Writing,
  type Written,
} from './write-records.js';

export interface HiveOptions {
  readonly records: Records;
  readonly administration: AdministrationContext;
  readonly randomUUID: () => string;
}

type Begin = (request: RecordRequest, action: 'set' | 'del') => Outcome<Writing>;

/** LimaCharlie's record store: `/v1/hive/:hive/:oid[/:name[/data|mtd|validate|rename]]`. */
export function hiveRoutes(options: HiveOptions): readonly Route[] {
  const enter = createEnter(options.administration.catalogue);
  const begin = createBegin(options, enter);
  return [
    ...readRoutes(options, enter),
    ...contentRoutes(begin, enter),
    ...otherWrites(begin),
    ...lockRoutes(options, enter),
  ];
}

function readRoutes({ records }: HiveOptions, enter: Enter): readonly Route[] {
  const read = async (request: RecordRequest) => {
    const caller = enter(request, 'get');
    if (!caller.allowed) return caller;
    const { hive, name } = request.params;
    const row = await readRecord(records, caller.value, hive, name);
    return row === undefined ? deny('ERR_NOT_FOUND') : allow(printRecord(row));
  };
  return [
    hiveRoute('List the records of a hive', async (request) => {
      const caller = enter(request, 'get');
      if (!caller.allowed) return caller;
      return allow(streamedAnswer(listText(listRecords(records, caller.value, request.params.hive))));
    }),
    recordRoute('GET', '', 'Read a record', read),
    recordRoute('GET', '/data', 'Read a record', read),
    recordRoute('GET', '/mtd', 'Read a record without its content', async (request) => {
      const record = await read(request);
      if (!record.allowed || record.value.opaque) return record;
      return allow({ ...record.value, data: {} });
    }),
  ];
}

async function* listText(pages: AsyncIterable<readonly SeenRecord[]>): AsyncGenerator<string> {
  let before = '{';
  for await (const page of pages) {
    for (const row of page) {
      yield `${before}${JSON.stringify(row.name)}:${printRecordText(row)}`;
      before = ',';
    }
  }
  yield before === '{' ? '{}' : '}';
}

function contentRoutes(begin: Begin, enter: Enter): readonly Route[] {
  return [
    recordRoute('POST', '/data', 'Make a record, or replace its content', async (request) => {
      const writing = begin(request, 'set');
      return writing.allowed ? writeContent(writing.value, request) : writing;
    }),
    recordRoute('POST', '/validate', 'Say whether a record would be accepted; stores nothing', async (request) => {
      const caller = enter(request, 'set');
      if (!caller.allowed) return caller;
      const data = parseData(request.fields.data);
      if (!data.allowed) return data;
      const metadata = parseMetadata(request.fields.usr_mtd);
      return metadata.allowed ? allow({ success: true }) : metadata;
    }),
  ];
}

async function writeContent(writing: Writing, { fields }: RecordRequest): Promise<Outcome<object>> {
  const etag = etagOf(fields.etag);
  const data = parseData(fields.data);
  if (!data.allowed) {
    if (!isBlank(fields.data)) return data;
    const admitted = await admitBlank(writing, etag.kind !== 'none');
    return !admitted.allowed && admitted.code === 'ERR_CONTENT_WITHHELD' ? admitted : data;
  }
  const metadata = parseMetadata(fields.usr_mtd);
  if (!metadata.allowed) return metadata;
  const outcome =
    etag.kind === 'none'
      ? await upsertRecord(writing, data.value, metadata.value)
      : await updateRecord(writing, data.value, metadata.value, etag);
  return printWritten(outcome);
}

function otherWrites(begin: Begin): readonly Route[] {
  return [
    recordRoute('POST', '/mtd', 'Change what is said about a record', async (request) => {
      const writing = begin(request, 'set');
      if (!writing.allowed) return writing;
      const metadata = parseMetadata(request.fields.usr_mtd);
      if (!metadata.allowed) return metadata;
      return printWritten(await updateMetadata(writing.value, metadata.value, etagOf(request.fields.etag)));
    }),
    recordRoute('POST', '/rename', 'Give a record another name', async (request) => {
      const writing = begin(request, 'set');
      if (!writing.allowed) return writing;
      const { new_name: newName } = request.fields;
      if (newName === undefined) return denyIssues([{ field: 'new_name', message: 'is required' }]);
      return printWritten(await renameRecord(writing.value, newName));
    }),
    recordRoute('DELETE', '', 'Delete a record', async (request) => {
      const writing = begin(request, 'del');
      if (!writing.allowed) return writing;
      const gone = await deleteRecord(writing.value);
      return gone.allowed ? allow({ success: true }) : gone;
    }),
  ];
}

function createBegin({ records, administration, randomUUID }: HiveOptions, enter: Enter): Begin {
  const { store, now } = administration;
  const explain = createExplain(store);
  const limits = limitsOf(administration);
  return (request, action) => {
    const caller = enter(request, action);
    if (!caller.allowed) return caller;
    if (request.caller === undefined) return deny('ERR_CREDENTIAL_MISSING');
    const { hive, name } = request.params;
    const { ident } = request.caller;
    return allow({ records, limits, explain, now, randomUUID, ident, caller: caller.value, hive, name });
  };
}

function etagOf(given: string | undefined): Etag {
  if (given === undefined || given === '') return { kind: 'none' };
  return given === '*' ? { kind: 'any' } : { kind: 'is', etag: given };
}

/** True for the content that a caller sends back if it read a record whose content is withheld. */
function isBlank(data: unknown): boolean {
  return data === undefined || data === null || data === '' || data === 'null';
}

function printWritten(outcome: Outcome<Written>): Outcome<object> {
  if (!outcome.allowed) return outcome;
  const { readable, ...record } = outcome.value;
  return allow(readable ? record : { ...record, data: null, opaque: true });
}
