import { allow, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { admitWrite, type ContentChange, type RequestedWrite, requestedVersion } from '../admit-write.js';
import type { RefusalOptions } from '../locked-refusal.js';
import { explainDenial, type RowSubject } from '../refusal.js';
import type { ResourceShape } from '../shape.js';
import { decideRow } from './decide-row.js';

/**
 * A requested write.
 *
 * The body of a `replace` or an `upsert` is the whole resource. The body of a `patch` contains only the fields to
 * change. `conditional` is true if the caller requires that the resource exists, because the caller sent `If-Match`,
 * `If-Unmodified-Since`, the record's etag, or `*`. `onlyAbsent` is true if the caller sent `If-None-Match: *`.
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

/** Kind of SQL statement to run for an allowed write. */
export type Admission = 'create' | 'update';

/**
 * Decides whether a write to the service's own table is allowed. Call it before building the statement.
 *
 * Refuses a create whose id is taken, and some upserts that have no etag. Refuses a body that would replace withheld
 * content with null, because views show withheld content as null and a client may send a view back. The statement still
 * needs the condition from `where`, because the row may change before the statement runs.
 */
export function admitRow(subject: RowSubject, write: WriteRequest, options: RefusalOptions): Outcome<Admission> {
  const { shape, caller, row } = subject;
  if (caller === undefined) {
    return explainDenial(subject, deny('ERR_NOT_FOUND', { reason: 'elsewhere' }), 'update');
  }
  const outcome = admitWrite(
    (action) => decideRow(shape, caller, row ?? {}, action),
    row !== undefined,
    requested(shape, write, options),
    { ...options, secret: caller.secret },
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
