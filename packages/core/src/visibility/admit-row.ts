import { allow, type Outcome } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import { admitWrite, type ContentChange, type RequestedWrite, requestedVersion } from './admit-write.js';
import { decideRow } from './decide-row.js';
import type { RefusalOptions } from './locked-refusal.js';
import { explainDenial, type RowSubject } from './refusal.js';
import type { ResourceShape } from './shape.js';

/**
 * A requested write.
 *
 * `replace` and `upsert` carry the whole resource, `patch` the fields to change. `conditional` is true if the caller
 * sent `If-Match`, `If-Unmodified-Since` or the record's etag, including `*`, and so claims that the resource exists.
 * `onlyAbsent` is true if it sent `If-None-Match: *`.
 */
export type WriteRequest =
  | { readonly kind: 'create' }
  | {
      readonly kind: 'upsert';
      readonly conditional: boolean;
      readonly onlyAbsent?: boolean;
      readonly body: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'replace' | 'patch';
      readonly onlyAbsent?: boolean;
      readonly body: Readonly<Record<string, unknown>>;
    };

/** The statement that an allowed write leads to. */
export type Admission = 'create' | 'update';

/**
 * Decides whether a write to the service's own table is allowed, before its statement is built.
 *
 * It checks the request: whether the id is taken, whether an upsert is blind, and whether the body would store the
 * nulls of withheld content. The statement still needs `where`, because the row can change in between.
 */
export function admitRow(subject: RowSubject, write: WriteRequest, options: RefusalOptions): Outcome<Admission> {
  const { shape, party, row } = subject;
  if (party === undefined) {
    return explainDenial(subject, deny('ERR_NOT_FOUND', { reason: 'elsewhere' }), 'update');
  }
  const outcome = admitWrite(
    (action) => decideRow(shape, party, row ?? {}, action),
    row !== undefined,
    requested(shape, write, options),
    { ...options, secret: party.secret },
  );
  if (!outcome.allowed) return explainDenial(subject, outcome, 'update');
  return allow(outcome.value === 'create' ? 'create' : 'update');
}

function requested(shape: ResourceShape, write: WriteRequest, { etagMatched }: RefusalOptions): RequestedWrite {
  const asked = { version: 'none', onlyAbsent: false, content: { touched: true, replaced: true } } as const;
  if (write.kind === 'create') return { kind: 'create', ...asked };
  const conditional = write.kind === 'upsert' && write.conditional;
  return {
    kind: write.kind,
    version: requestedVersion(etagMatched, conditional),
    onlyAbsent: write.onlyAbsent === true,
    content: changeOf(shape, write.body),
  };
}

function changeOf({ content }: ResourceShape, body: Readonly<Record<string, unknown>>): ContentChange {
  const given = content.filter((name) => Object.hasOwn(body, name));
  const filled = given.filter((name) => body[name] !== null && body[name] !== undefined);
  return { touched: given.length > 0, replaced: filled.length === content.length };
}
