import { allow, type Outcome } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import type { OrganizationCaller } from '../principal/organization-caller.js';
import { admitWrite, type ContentChange, type RequestedWrite, versionOf } from './admit.js';
import { decideRow } from './decide-row.js';
import type { RefusalOptions } from './locked-refusal.js';
import { explainDenial } from './refusal.js';
import type { ResourceShape } from './rules.js';

/**
 * A write, as it was asked for.
 *
 * `replace` and `upsert` carry the whole resource, `patch` the fields to change. `conditional`: the caller sent
 * `If-Match` or the record's etag, `*` included, so it knows that the resource is there. `onlyAbsent`: it sent
 * `If-None-Match: *`.
 */
export type WriteRequest =
  | { readonly kind: 'create' }
  | {
      readonly kind: 'upsert';
      readonly conditional: boolean;
      readonly onlyAbsent?: boolean;
      readonly body: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'replace' | 'patch'; readonly body: Readonly<Record<string, unknown>> };

/** What the write will be. */
export type Admission = 'create' | 'update';

/**
 * Decides whether a write to the service's own table may go on, before its statement is built.
 *
 * It judges the request: is the id taken, is an upsert blind, does a body carry a blanked copy back. The statement
 * still carries `where`, because the row may change in between.
 */
export function admitRow(
  shape: ResourceShape,
  party: OrganizationCaller | undefined,
  row: object | undefined,
  write: WriteRequest,
  options: RefusalOptions,
): Outcome<Admission> {
  if (party === undefined) {
    return explainDenial(shape, party, row, deny('ERR_NOT_FOUND', { reason: 'elsewhere' }), 'update');
  }
  const outcome = admitWrite(
    (action) => decideRow(shape, party, row ?? {}, action),
    row !== undefined,
    requested(shape, write, options),
    { ...options, secret: party.secret },
  );
  if (!outcome.allowed) return explainDenial(shape, party, row, outcome, 'update');
  return allow(outcome.value === 'create' ? 'create' : 'update');
}

function requested(shape: ResourceShape, write: WriteRequest, { etagMatched }: RefusalOptions): RequestedWrite {
  const asked = { version: 'none', onlyAbsent: false, content: { touched: true, replaced: true } } as const;
  if (write.kind === 'create') return { kind: 'create', ...asked };
  const conditional = write.kind === 'upsert' && write.conditional;
  return {
    kind: write.kind,
    version: versionOf(etagMatched, conditional),
    onlyAbsent: write.kind === 'upsert' && write.onlyAbsent === true,
    content: changeOf(shape, write.body),
  };
}

function changeOf({ content }: ResourceShape, body: Readonly<Record<string, unknown>>): ContentChange {
  const given = content.filter((name) => Object.hasOwn(body, name));
  const filled = given.filter((name) => body[name] !== null && body[name] !== undefined);
  return { touched: given.length > 0, replaced: filled.length === content.length };
}
