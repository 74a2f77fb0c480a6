import { allow, type Outcome } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import { decideRow } from './decide-row.js';
import type { Party } from './ownership.js';
import { explainDenial, lockedRefusal, type RefusalOptions, refusalOf } from './refusal.js';
import type { ResourceShape } from './rules.js';

/**
 * A write, as it was asked for.
 *
 * `replace` and `upsert` carry the whole resource, `patch` the fields to change. `conditional`: the caller sent
 * `If-Match` or the record's etag, `*` included, so it knows that the resource is there.
 */
export type WriteRequest =
  | { readonly kind: 'create' }
  | { readonly kind: 'upsert'; readonly conditional: boolean; readonly body: Readonly<Record<string, unknown>> }
  | { readonly kind: 'replace' | 'patch'; readonly body: Readonly<Record<string, unknown>> };

/** What the write will be. */
export type Admission = 'create' | 'update';

/**
 * Decides whether a write may go on, before its statement is built.
 *
 * It judges the request: is the id taken, is an upsert blind, does a body carry a blanked copy back. The statement
 * still carries `where`, because the row may change in between.
 */
export function admitWrite(
  shape: ResourceShape,
  party: Party | undefined,
  row: object | undefined,
  write: WriteRequest,
  options: RefusalOptions,
): Outcome<Admission> {
  const outcome = judgeWrite(shape, party, row, write, options);
  return outcome.allowed ? outcome : explainDenial(shape, party, row, outcome, 'update');
}

function judgeWrite(
  shape: ResourceShape,
  party: Party | undefined,
  row: object | undefined,
  write: WriteRequest,
  options: RefusalOptions,
): Outcome<Admission> {
  if (party === undefined) return deny('ERR_NOT_FOUND', { reason: 'elsewhere' });
  if (write.kind === 'create') return row === undefined ? allow('create') : deny('ERR_RESOURCE_EXISTS');
  if (row === undefined) return admitAbsent(write);
  return admitPresent(shape, party, row, write, options);
}

function admitAbsent(write: WriteRequest): Outcome<Admission> {
  if (write.kind !== 'upsert') return deny('ERR_NOT_FOUND', { reason: 'missing' });
  return write.conditional ? deny('ERR_ETAG_MISMATCH') : allow('create');
}

function admitPresent(
  shape: ResourceShape,
  party: Party,
  row: object,
  write: Exclude<WriteRequest, { kind: 'create' }>,
  options: RefusalOptions,
): Outcome<Admission> {
  const verdict = decideRow(shape, party, row, 'update');
  if (!verdict.allowed && verdict.rule === 'hidden') {
    // Only an id that is chosen anew tells that it is taken: whoever sends an etag gets the answer of a missing one.
    if (write.kind !== 'upsert' || write.conditional) return admitAbsent(write);
    return refusalOf(shape, party, row, 'upsert', options);
  }
  if (!verdict.allowed) return lockedRefusal(verdict, options);
  const read = decideRow(shape, party, row, 'read');
  if (options.etagMatched !== undefined && !(options.etagMatched && read.allowed)) return deny('ERR_ETAG_MISMATCH');
  if (write.kind === 'upsert' && !write.conditional && party.secret && read.rule !== 'holder') {
    return deny('ERR_NOT_SECRET_TO_YOU');
  }
  if (!read.allowed && !isWhole(shape, write)) return deny('ERR_CONTENT_WITHHELD');
  return allow('update');
}

/** Whether a write leaves nothing of the old content in place, or does not touch content at all. */
function isWhole({ content }: ResourceShape, write: Exclude<WriteRequest, { kind: 'create' }>): boolean {
  if (write.kind === 'patch') return !content.some((name) => Object.hasOwn(write.body, name));
  return content.every((name) => {
    const value = Object.hasOwn(write.body, name) ? write.body[name] : null;
    return value !== null && value !== undefined;
  });
}
