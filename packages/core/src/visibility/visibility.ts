import type { OrganizationCaller } from '../principal/organization-caller.js';

/**
 * The action that a statement performs on rows.
 *
 * `read` covers all rows that the caller may know of. `content` covers only the rows whose content the caller may read.
 * `patch` is an update that depends on old content. `upsert` is an update for which the caller sent no etag.
 */
export type WhereAction = 'read' | 'content' | 'update' | 'delete' | 'patch' | 'upsert';

export type TermField = 'organization' | 'createdBy' | 'lockedBy' | 'secretTo';

/**
 * Term of a condition. A row meets the term if its `field` equals `value`, or if the field is null and `orEmpty` is
 * true.
 */
export interface Term {
  readonly field: TermField;
  readonly value: string;
  readonly orEmpty: boolean;
}

/** Terms that must all be true. Never empty. */
export type Condition = readonly [Term, ...Term[]];

/** A set of rows in a table: all, none, or those that meet a condition. */
export type Visibility =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'where'; readonly condition: Condition };

/** `column`: each row contains an organization id. `single`: all rows in the table belong to one organization. */
export type Tenancy = 'column' | 'single';

const ALL: Visibility = Object.freeze({ kind: 'all' });

/** The empty set of rows. */
export const NONE: Visibility = Object.freeze({ kind: 'none' });

type Guarded = Exclude<TermField, 'organization'>;

/**
 * The ownership fields that each action depends on. Every action depends on the creator, because a caller must not
 * reach a hidden row.
 */
const GUARDS: Readonly<Record<WhereAction, readonly Guarded[]>> = {
  read: ['createdBy'],
  content: ['createdBy', 'secretTo'],
  update: ['createdBy', 'lockedBy'],
  delete: ['createdBy', 'lockedBy'],
  patch: ['createdBy', 'lockedBy', 'secretTo'],
  upsert: ['createdBy', 'lockedBy', 'secretTo'],
};

/**
 * Decides which rows of a table a caller may reach with an action, by the same rules as `decide`.
 *
 * Add the condition to the statement itself, so that no row can change between the check and the write.
 */
export function visibilityOf(caller: OrganizationCaller, action: WhereAction, tenancy: Tenancy = 'column'): Visibility {
  const terms: Term[] = tenancy === 'column' ? [{ field: 'organization', value: caller.oid, orEmpty: false }] : [];
  for (const field of GUARDS[action]) {
    const term = termOf(caller, action, field);
    if (term !== undefined) terms.push(term);
  }
  const [first, ...rest] = terms;
  return first === undefined ? ALL : { kind: 'where', condition: [first, ...rest] };
}

function termOf(caller: OrganizationCaller, action: WhereAction, field: Guarded): Term | undefined {
  if (field === 'createdBy') {
    return caller.segment && !caller.root ? { field, value: caller.identity, orEmpty: false } : undefined;
  }
  if (field === 'lockedBy') return caller.root ? undefined : { field, value: caller.identity, orEmpty: true };
  if (action !== 'upsert') return { field, value: caller.secretId, orEmpty: true };
  // An upsert by a `secret` key reaches only rows that are secret to that key. Otherwise, a caller that created the row
  // earlier could read what the key writes.
  return caller.secret ? { field, value: caller.secretId, orEmpty: false } : undefined;
}
