import type { Denial, DenialCode } from '../answer/denial.js';
import { deny } from '../answer/denial-table.js';
import type { InOrganization } from './caller.js';
import type { ResourceAction, Verdict } from './decide.js';
import { decideRow } from './decide-row.js';
import { explained, explainRow } from './explain.js';
import type { Party } from './ownership.js';
import type { ResourceShape } from './rules.js';
import type { WhereAction } from './visibility.js';

/** Options of `refusal` and `admit`. */
export interface RefusalOptions extends InOrganization {
  /** Whether the etag the caller sent is the row's. Leave it out when the caller sent none. */
  readonly etagMatched?: boolean;
  /** Finds the display name of the identity that holds a lock. Default: the identity id is shown. */
  readonly nameOf?: (identity: string) => string | undefined;
}

/**
 * Chooses the refusal for a statement that touched no row: 404, 403, 400, 409 or 412.
 *
 * What is hidden gets the very answer of what is missing, except for an `upsert`: it chose an id that is taken. When
 * nothing stands against the action any more, the row changed in between: 412, and the caller may try again.
 */
export function refusalOf(
  shape: ResourceShape,
  party: Party | undefined,
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
  party: Party | undefined,
  row: object | undefined,
  denial: Denial,
  write: ResourceAction,
): Denial {
  const action = OF_READING.has(denial.code) ? 'read' : write;
  return explained(denial, explainRow(shape, party, row, action), party);
}

function chooseRefusal(
  shape: ResourceShape,
  party: Party | undefined,
  row: object | undefined,
  action: WhereAction,
  options: RefusalOptions,
): Denial {
  const known = party !== undefined && row !== undefined && decideRow(shape, party, row, 'know').allowed;
  if (!known) return hiddenRefusal(party, row, action);
  if (writes(action)) {
    const verdict = decideRow(shape, party, row, 'update');
    if (!verdict.allowed) return lockedRefusal(verdict, options);
  }
  const read = decideRow(shape, party, row, 'read');
  if (options.etagMatched !== undefined && !(options.etagMatched && read.allowed)) return deny('ERR_ETAG_MISMATCH');
  if (action === 'upsert' && party.secret && read.rule !== 'holder') return deny('ERR_NOT_SECRET_TO_YOU');
  if ((action === 'patch' || action === 'content') && !read.allowed) return deny('ERR_CONTENT_WITHHELD');
  return writes(action) ? deny('ERR_ETAG_MISMATCH', { reason: 'changed-meanwhile' }) : deny('ERR_NOT_FOUND');
}

/** The refusal of a resource somebody else has locked. Names the holder: a lock brings no privacy. */
export function lockedRefusal(verdict: Verdict, { nameOf }: RefusalOptions): Denial {
  const identity = verdict.allowed ? undefined : verdict.holder;
  if (identity === undefined) return deny('ERR_RESOURCE_LOCKED');
  const lockedBy = nameOf?.(identity) ?? identity;
  return deny('ERR_RESOURCE_LOCKED', { detail: `the resource is locked by ${lockedBy}`, members: { lockedBy } });
}

function hiddenRefusal(party: Party | undefined, row: object | undefined, action: WhereAction): Denial {
  const taken = action === 'upsert' && party !== undefined && row !== undefined;
  return deny(taken ? 'ERR_RESOURCE_EXISTS' : 'ERR_NOT_FOUND', { reason: row === undefined ? 'missing' : 'hidden' });
}

function writes(action: WhereAction): boolean {
  return action !== 'read' && action !== 'content';
}
