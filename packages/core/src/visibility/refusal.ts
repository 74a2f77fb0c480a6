import type { Denial, DenialCode } from '../denial/denial.js';
import { deny } from '../denial/denial-table.js';
import type { OrganizationCaller } from '../principal/organization-caller.js';
import { admitWrite, type RequestedWrite, versionOf } from './admit.js';
import type { ResourceAction } from './decide.js';
import { decideRow } from './decide-row.js';
import { explained, explainRow } from './explain.js';
import type { RefusalOptions } from './locked-refusal.js';
import type { ResourceShape } from './rules.js';
import type { WhereAction } from './visibility.js';

/**
 * Chooses the refusal for a statement that touched no row: 404, 403, 400, 409 or 412.
 *
 * What is hidden gets the very answer of what is missing, except for an `upsert`: it chose an id that is taken. When
 * nothing stands against the action any more, the row changed in between: 412, and the caller may try again.
 */
export function refusalOf(
  shape: ResourceShape,
  party: OrganizationCaller | undefined,
  row: object | undefined,
  action: WhereAction,
  options: RefusalOptions,
): Denial {
  const denial = chooseRefusal(shape, party, row, action, options);
  return explainDenial(shape, party, row, denial, action === 'delete' ? 'delete' : writes(action) ? 'update' : 'read');
}

/** Refusals that come from what the caller may read. */
export const OF_READING: ReadonlySet<DenialCode> = new Set([
  'ERR_CONTENT_WITHHELD',
  'ERR_ETAG_MISMATCH',
  'ERR_NOT_SECRET_TO_YOU',
]);

/** Adds the explanation of the row that was judged. */
export function explainDenial(
  shape: ResourceShape,
  party: OrganizationCaller | undefined,
  row: object | undefined,
  denial: Denial,
  write: ResourceAction,
): Denial {
  const action = OF_READING.has(denial.code) ? 'read' : write;
  return explained(denial, explainRow(shape, party, row, action), party);
}

function chooseRefusal(
  shape: ResourceShape,
  party: OrganizationCaller | undefined,
  row: object | undefined,
  action: WhereAction,
  options: RefusalOptions,
): Denial {
  if (party === undefined || row === undefined) return deny('ERR_NOT_FOUND', { reason: 'missing' });
  if (action === 'read' || action === 'content') return refusalOfRead(shape, party, row, action, options);
  const write = { kind: KINDS[action], version: versionOf(options.etagMatched, false), ...REPLACES };
  const outcome = admitWrite((asked) => decideRow(shape, party, row, asked), true, write, {
    ...options,
    secret: party.secret,
  });
  // Nothing stands against the write any more: the row changed between the statements.
  return outcome.allowed ? deny('ERR_ETAG_MISMATCH', { reason: 'changed-meanwhile' }) : outcome;
}

type Write = Exclude<WhereAction, 'read' | 'content'>;

const KINDS: Readonly<Record<Write, RequestedWrite['kind']>> = {
  update: 'replace',
  delete: 'delete',
  patch: 'patch',
  upsert: 'upsert',
};

/** An update says nothing of content here: a body that must not go on is refused by `admit`. */
const REPLACES = { onlyAbsent: false, content: { touched: true, replaced: true } } as const;

function refusalOfRead(
  shape: ResourceShape,
  party: OrganizationCaller,
  row: object,
  action: 'read' | 'content',
  { etagMatched }: RefusalOptions,
): Denial {
  if (!decideRow(shape, party, row, 'know').allowed) return deny('ERR_NOT_FOUND', { reason: 'hidden' });
  const read = decideRow(shape, party, row, 'read');
  if (etagMatched !== undefined && !(etagMatched && read.allowed)) return deny('ERR_ETAG_MISMATCH');
  return action === 'content' && !read.allowed ? deny('ERR_CONTENT_WITHHELD') : deny('ERR_NOT_FOUND');
}

function writes(action: WhereAction): boolean {
  return action !== 'read' && action !== 'content';
}
