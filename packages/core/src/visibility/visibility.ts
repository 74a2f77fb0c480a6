import type { OrganizationCaller } from '../principal/organization-caller.js';

/**
 * What a statement is about to do with rows.
 *
 * `read` lists rows that may be known; `content` rows whose content may be read as well. `patch` is an update that
 * depends on old content, `upsert` one that its caller did not ask for by an etag.
 */
export type WhereAction = 'read' | 'content' | 'update' | 'delete' | 'patch' | 'upsert';

export type TermField = 'organization' | 'createdBy' | 'lockedBy' | 'secretTo';

/** `field` equals `value`, or, with `orEmpty`, nobody is in it. */
export interface Term {
  readonly field: TermField;
  readonly value: string;
  readonly orEmpty: boolean;
}

/** All of these. Never empty. */
export type Condition = readonly [Term, ...Term[]];

/** Which rows of a table: every row, no row, or those that meet a condition. */
export type Visibility =
  | { readonly kind: 'all' }
  | { readonly kind: 'none' }
  | { readonly kind: 'where'; readonly condition: Condition };

/** `column`: rows name their organization. `single`: every row of the table belongs to the one organization. */
export type Tenancy = 'column' | 'single';

const ALL: Visibility = Object.freeze({ kind: 'all' });

/** The visibility of nothing. */
export const NONE: Visibility = Object.freeze({ kind: 'none' });

type Guarded = Exclude<TermField, 'organization'>;

/** Which ownership fields an action looks at. Every action looks at the creator: what is not known is not touched. */
const GUARDS: Readonly<Record<WhereAction, readonly Guarded[]>> = {
  read: ['createdBy'],
  content: ['createdBy', 'secretTo'],
  update: ['createdBy', 'lockedBy'],
  delete: ['createdBy', 'lockedBy'],
  patch: ['createdBy', 'lockedBy', 'secretTo'],
  upsert: ['createdBy', 'lockedBy', 'secretTo'],
};

/**
 * Says which rows `party` may reach with `action`: the decision of `decide`, as a condition for a whole table.
 *
 * The condition belongs into the statement itself, so that nothing happens between the check and the write.
 */
export function visibilityOf(party: OrganizationCaller, action: WhereAction, tenancy: Tenancy = 'column'): Visibility {
  const terms: Term[] = tenancy === 'column' ? [{ field: 'organization', value: party.oid, orEmpty: false }] : [];
  for (const field of GUARDS[action]) {
    const term = termOf(party, action, field);
    if (term !== undefined) terms.push(term);
  }
  const [first, ...rest] = terms;
  return first === undefined ? ALL : { kind: 'where', condition: [first, ...rest] };
}

function termOf(party: OrganizationCaller, action: WhereAction, field: Guarded): Term | undefined {
  if (field === 'createdBy') {
    return party.segment && !party.root ? { field, value: party.identity, orEmpty: false } : undefined;
  }
  if (field === 'lockedBy') return party.root ? undefined : { field, value: party.identity, orEmpty: true };
  if (action !== 'upsert') return { field, value: party.secretId, orEmpty: true };
  // Whoever created the id first could otherwise read what a `secret` key writes there.
  return party.secret ? { field, value: party.secretId, orEmpty: false } : undefined;
}
