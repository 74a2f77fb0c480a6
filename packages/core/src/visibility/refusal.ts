import type { Denial, DenialCode } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import type { OrganizationCaller } from '../principal/organization-caller.js';
import { admitWrite, type RequestedWrite, requestedVersion } from './admit-write.js';
import type { ResourceAction } from './decide.js';
import { explained, explainRow } from './explain.js';
import type { RefusalOptions } from './locked-refusal.js';
import { decideRow } from './rows/decide-row.js';
import type { ResourceShape } from './shape.js';
import type { WhereAction } from './visibility.js';

/** A caller and the row that a decision is about. */
export interface RowSubject {
  readonly shape: ResourceShape;
  /** The caller with its rights in the organization. Undefined if the caller has no rights there. */
  readonly caller: OrganizationCaller | undefined;
  /** Row of the resource. Undefined if no row has this id. */
  readonly row: object | undefined;
}

/**
 * Chooses the denial for a statement that matched no row: 404, 403, 400, 409 or 412.
 *
 * A hidden row gets the same response as a missing one, except that an `upsert` of a hidden row is refused because the
 * id is taken. If the action turns out to be allowed now, the row must have changed since the statement ran. The
 * response is then 412, and the caller may try again.
 */
export function chooseRefusal(subject: RowSubject, action: WhereAction, options: RefusalOptions): Denial {
  const denial = refusalOf(subject, action, options);
  return explainDenial(subject, denial, action === 'delete' ? 'delete' : writes(action) ? 'update' : 'read');
}

/** Codes of denials that depend on whether the caller may read the content. */
export const READ_REFUSALS: ReadonlySet<DenialCode> = new Set([
  'ERR_CONTENT_WITHHELD',
  'ERR_ETAG_MISMATCH',
  'ERR_NOT_SECRET_TO_YOU',
]);

/** Adds an explanation of the decision about the row to a denial. */
export function explainDenial({ shape, caller, row }: RowSubject, denial: Denial, write: ResourceAction): Denial {
  const action = READ_REFUSALS.has(denial.code) ? 'read' : write;
  return explained(denial, explainRow(shape, caller, row, action), caller);
}

function refusalOf({ shape, caller, row }: RowSubject, action: WhereAction, options: RefusalOptions): Denial {
  if (caller === undefined || row === undefined) return deny('ERR_NOT_FOUND', { reason: 'missing' });
  if (action === 'read' || action === 'content') return refusalOfRead(shape, caller, row, action, options);
  const write = {
    kind: WRITE_KINDS[action],
    version: requestedVersion(options.etagMatched, false),
    onlyAbsent: options.onlyAbsent === true,
    content: REPLACED,
  };
  const outcome = admitWrite((asked) => decideRow(shape, caller, row, asked), true, write, {
    ...options,
    secret: caller.secret,
  });
  // The write would be allowed now, so the row changed between the two statements.
  return outcome.allowed ? deny('ERR_ETAG_MISMATCH', { reason: 'changed-meanwhile' }) : outcome;
}

type Write = Exclude<WhereAction, 'read' | 'content'>;

const WRITE_KINDS: Readonly<Record<Write, RequestedWrite['kind']>> = {
  update: 'replace',
  delete: 'delete',
  patch: 'patch',
  upsert: 'upsert',
};

/**
 * Assumed effect of the body of an update: the body replaces all content. The actual body is not known here. `admit`
 * checks the actual body.
 */
const REPLACED = { touched: true, replaced: true } as const;

function refusalOfRead(
  shape: ResourceShape,
  caller: OrganizationCaller,
  row: object,
  action: 'read' | 'content',
  { etagMatched }: RefusalOptions,
): Denial {
  if (!decideRow(shape, caller, row, 'know').allowed) return deny('ERR_NOT_FOUND', { reason: 'hidden' });
  const read = decideRow(shape, caller, row, 'read');
  if (etagMatched !== undefined && !(etagMatched && read.allowed)) return deny('ERR_ETAG_MISMATCH');
  return action === 'content' && !read.allowed ? deny('ERR_CONTENT_WITHHELD') : deny('ERR_NOT_FOUND');
}

function writes(action: WhereAction): boolean {
  return action !== 'read' && action !== 'content';
}
