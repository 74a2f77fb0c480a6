import type { Caller, InOrganization } from '../visibility/caller.js';
import type { ResourceWhere } from '../visibility/rules.js';
import type { UpdateStamp } from '../visibility/stamp.js';
import type { Term } from '../visibility/visibility.js';

/** A filter document of MongoDB as these filters write it. */
export type MongodbFilter =
  | { readonly $and: readonly MongodbFilter[] }
  | { readonly $nor: readonly MongodbFilter[] }
  | { readonly [field: string]: MongodbTerm };

type MongodbTerm =
  | { readonly $eq: string | null }
  | { readonly $ne: null }
  | { readonly $in: readonly (string | null)[] };

/** One `updateOne` to try: its filter, and what it sets beside the host's fields. */
export interface MongodbUpdate<Filter extends object = MongodbFilter> {
  readonly filter: Filter;
  readonly set: Readonly<Record<string, string>>;
}

/** The part of `ResourceRules` that updates ask. */
export interface MongodbRules {
  where(caller: Caller, action: 'update' | 'patch' | 'upsert', options?: InOrganization): ResourceWhere;
  stamp(caller: Caller, action: 'update', options?: InOrganization): UpdateStamp;
}

export interface MongodbUpdateOptions extends InOrganization {
  /** Default `update`. */
  readonly action?: 'update' | 'patch' | 'upsert';
}

/**
 * Turns `rules.where(…)` into a filter document. A document without an ownership field counts as owned by nobody.
 *
 * @example
 * collection.find({ $and: [mongodbFilter(rules.where(req.auth, 'read')), { enabled: true }] });
 */
export function mongodbFilter<Filter extends object = MongodbFilter>(where: ResourceWhere): Filter;
export function mongodbFilter(where: ResourceWhere): object {
  return filterOf(where);
}

/**
 * Gives the `updateOne` calls to try in order until one matches a document.
 *
 * One for most callers; two for a `root` key that locks, which takes a free lock and leaves another's alone. Each is
 * exact by itself. A pipeline could say it at once, but would run field values that begin with `$`.
 */
export function mongodbUpdates<Filter extends object = MongodbFilter>(
  rules: MongodbRules,
  caller: Caller,
  options?: MongodbUpdateOptions,
): readonly MongodbUpdate<Filter>[];
export function mongodbUpdates(
  rules: MongodbRules,
  caller: Caller,
  { action = 'update', ...organization }: MongodbUpdateOptions = {},
): readonly MongodbUpdate<object>[] {
  const filter = filterOf(rules.where(caller, action, organization));
  const stamp = rules.stamp(caller, 'update', organization);
  if (stamp.kind === 'none') return [{ filter, set: {} }];
  const take = { [stamp.column]: stamp.identity };
  if (!stamp.passes) return [{ filter, set: take }];
  return [
    { filter: { $and: [filter, { [stamp.column]: { $eq: null } }] }, set: take },
    { filter: { $and: [filter, { [stamp.column]: { $ne: null } }] }, set: {} },
  ];
}

function filterOf({ visibility, columns }: ResourceWhere): MongodbFilter {
  // An empty document matches everything, so none of nothing matches nothing.
  if (visibility.kind !== 'where') return visibility.kind === 'all' ? {} : { $nor: [{}] };
  return { $and: visibility.condition.map((term) => termOf(term, columns[term.field])) };
}

function termOf(term: Term, field: string): MongodbFilter {
  // Null in $in also matches documents without the field.
  return { [field]: term.orEmpty ? { $in: [null, term.value] } : { $eq: term.value } };
}
