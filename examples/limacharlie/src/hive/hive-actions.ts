import { allow, deny, type Outcome } from '@flairgate/core';
import { limitsOf } from '@flairgate/core/administration';
import { type AuthorizeHive, createAuthorizeHive } from './authorize-hive.js';
import { admitBlank, createExplain } from './explain.js';
import type { RecordRequest } from './hive-route.js';
import type { HiveOptions } from './hive-routes.js';
import { readRecord } from './read-records.js';
import { parseMetadata, printRecord } from './record.js';
import { denyNoContent, readContent, toObject } from './record-content.js';
import {
  createRecord,
  deleteRecord,
  type Etag,
  renameRecord,
  updateMetadata,
  updateRecord,
  upsertRecord,
  type Writing,
  type Written,
} from './write-records.js';

type Act = (request: RecordRequest) => Promise<Outcome<object>>;

/** Commands for one record, by the routes and in a batch. */
export interface HiveActions {
  readonly read: Act;
  readonly readMetadata: Act;
  /** Creates the record, or replaces its content. */
  readonly write: Act;
  /** Creates the record; a name that is taken is refused. */
  readonly create: Act;
  readonly writeMetadata: Act;
  readonly validate: Act;
  readonly rename: (request: RecordRequest, newName: string) => Promise<Outcome<object>>;
  readonly remove: Act;
}

/** Creates the actions. Each checks the caller's permission for the hive first. */
export function createHiveActions(options: HiveOptions): HiveActions {
  const authorize = createAuthorizeHive(options.administration.catalogue, options.countUse);
  return { ...readActions(options, authorize), ...writeActions(createBegin(options, authorize), authorize) };
}

function readActions({ records }: HiveOptions, authorize: AuthorizeHive): Pick<HiveActions, 'read' | 'readMetadata'> {
  const read = async (request: RecordRequest, action: 'get' | 'getMetadata') => {
    const caller = authorize(request, action);
    if (!caller.allowed) return caller;
    const { hive, name } = request.params;
    const row = await readRecord(records, caller.value, hive, name);
    return row === undefined ? deny('ERR_NOT_FOUND') : allow(printRecord(row));
  };
  return {
    read: (request) => read(request, 'get'),
    async readMetadata(request) {
      const record = await read(request, 'getMetadata');
      return !record.allowed || record.value.opaque ? record : allow({ ...record.value, data: {} });
    },
  };
}

function writeActions(begin: Begin, authorize: AuthorizeHive): Omit<HiveActions, 'read' | 'readMetadata'> {
  return {
    async write(request) {
      const writing = begin(request, 'set');
      return writing.allowed ? writeContent(writing.value, request) : writing;
    },
    async create(request) {
      const writing = begin(request, 'set');
      return writing.allowed ? createContent(writing.value, request) : writing;
    },
    async writeMetadata(request) {
      const writing = begin(request, 'setMetadata');
      if (!writing.allowed) return writing;
      const metadata = parseMetadata(request.fields.usr_mtd);
      if (!metadata.allowed) return metadata;
      return printWritten(await updateMetadata(writing.value, metadata.value, etagOf(request)));
    },
    async validate(request) {
      const caller = authorize(request, 'set');
      if (!caller.allowed) return caller;
      const content = await readContent(request.fields);
      if (!content.allowed) return content;
      if (content.value.kind === 'blank') return denyNoContent();
      const metadata = parseMetadata(request.fields.usr_mtd);
      return metadata.allowed ? allow({ success: true }) : metadata;
    },
    async rename(request, newName) {
      const writing = begin(request, 'set');
      return writing.allowed ? printWritten(await renameRecord(writing.value, newName)) : writing;
    },
    async remove(request) {
      const writing = begin(request, 'del');
      if (!writing.allowed) return writing;
      const gone = await deleteRecord(writing.value);
      return gone.allowed ? allow({ success: true }) : gone;
    },
  };
}

async function writeContent(writing: Writing, request: RecordRequest): Promise<Outcome<object>> {
  const etag = etagOf(request);
  const content = await readContent(request.fields);
  if (!content.allowed) return content;
  if (content.value.kind === 'blank') {
    const admitted = await admitBlank(writing, etag.kind !== 'none');
    return !admitted.allowed && admitted.code === 'ERR_CONTENT_WITHHELD' ? admitted : denyNoContent();
  }
  const metadata = parseMetadata(request.fields.usr_mtd);
  if (!metadata.allowed) return metadata;
  const { text } = content.value;
  return printWritten(
    etag.kind === 'none'
      ? await upsertRecord(writing, text, metadata.value)
      : await updateRecord(writing, text, metadata.value, etag),
  );
}

async function createContent(writing: Writing, { fields }: RecordRequest): Promise<Outcome<object>> {
  const content = await readContent(fields);
  if (!content.allowed) return content;
  if (content.value.kind === 'blank') return denyNoContent();
  const metadata = parseMetadata(fields.usr_mtd);
  return metadata.allowed ? printWritten(await createRecord(writing, content.value.text, metadata.value)) : metadata;
}

type Begin = (request: RecordRequest, action: 'set' | 'setMetadata' | 'del') => Outcome<Writing>;

function createBegin({ records, administration, randomUUID }: HiveOptions, authorize: AuthorizeHive): Begin {
  const { store, now } = administration;
  const explain = createExplain(store);
  const limits = limitsOf(administration);
  return (request, action) => {
    const caller = authorize(request, action);
    if (!caller.allowed) return caller;
    if (request.caller === undefined) return deny('ERR_CREDENTIAL_MISSING');
    const { hive, name } = request.params;
    const { ident } = request.caller;
    return allow({ records, limits, explain, now, randomUUID, ident, caller: caller.value, hive, name });
  };
}

/** Reads the version the caller has seen: the field `etag`, or that of `sys_mtd`, as LimaCharlie's Go client sends it. */
function etagOf({ fields: { etag, sys_mtd: system } }: RecordRequest): Etag {
  const seen: unknown = etag ?? Reflect.get(toObject(system) ?? {}, 'etag');
  if (typeof seen !== 'string' || seen === '') return { kind: 'none' };
  return seen === '*' ? { kind: 'any' } : { kind: 'is', etag: seen };
}

function printWritten(outcome: Outcome<Written>): Outcome<object> {
  if (!outcome.allowed) return outcome;
  const { readable, ...record } = outcome.value;
  return allow(readable ? record : { ...record, data: null, opaque: true });
}
