import type { Caller, InOrganization } from '../visibility/caller.js';
import type { OwnershipColumns } from '../visibility/columns.js';
import type { ResourceWhere } from '../visibility/shape.js';
import type { UpdateStamp } from '../visibility/stamp.js';
import type { Term } from '../visibility/visibility.js';

/** A MongoDB filter document with conditions on the ownership fields of a collection. */
export type MongodbFilter<C extends OwnershipColumns = OwnershipColumns> = {
  [K in C['organization']]?: { $eq: string };
} & { [K in C['createdBy' | 'lockedBy' | 'secretTo']]?: MongodbTerm } & {
  $and?: MongodbFilter<C>[];
  $nor?: MongodbFilter<C>[];
};

interface MongodbTerm {
  $eq?: string | null;
  $ne?: null;
  $in?: (string | null)[];
}

/** One `updateOne` call to try: its filter, and the values to set in addition to the host's fields. */
export interface MongodbUpdate<C extends OwnershipColumns = OwnershipColumns> {
  readonly filter: MongodbFilter<C>;
  readonly set: { readonly [K in C['lockedBy']]?: string };
}

/** The part of `ResourceRules` that `mongodbUpdates` uses. */
export interface MongodbRules<C extends OwnershipColumns> {
  where(caller: Caller, action: 'update' | 'patch' | 'upsert', options?: InOrganization): ResourceWhere<C>;
  stamp(caller: Caller, action: 'update', options?: InOrganization): UpdateStamp;
}

/** Options of `mongodbUpdates`. */
export interface MongodbUpdateOptions extends InOrganization {
  /** Kind of write that the caller requests. @default 'update' */
  readonly action?: 'update' | 'patch' | 'upsert';
}

/**
 * Converts `rules.where(…)` to a filter document. An ownership field that a document lacks is treated as null. A
 * document without ownership fields thus has no creator and no lock, and is not secret.
 *
 * @example
 * collection.find({ $and: [mongodbFilter(rules.where(req.auth, 'read')), { enabled: true }] });
 */
export function mongodbFilter<C extends OwnershipColumns>(where: ResourceWhere<C>): MongodbFilter<C>;
export function mongodbFilter(where: ResourceWhere): object {
  return filterOf(where);
}

/**
 * Returns the `updateOne` calls to try, in order, until one matches a document.
 *
 * Most callers need only one call. A key with the flairs `root` and `lock` needs two calls: the first takes the lock if
 * the lock is free, and the second leaves an existing lock unchanged. A single update pipeline could do both. But in a
 * pipeline, MongoDB evaluates the host's field values that begin with `$` as expressions.
 *
 * @example
 * for (const { filter, set } of mongodbUpdates(rules, req.auth)) {
 *   const { matchedCount } = await collection.updateOne({ _id, ...filter }, { $set: { ...values, ...set } });
 *   if (matchedCount > 0) break;
 * }
 */
export function mongodbUpdates<C extends OwnershipColumns>(
  rules: MongodbRules<C>,
  caller: Caller,
  options?: MongodbUpdateOptions,
): readonly MongodbUpdate<C>[];
export function mongodbUpdates(
  rules: MongodbRules<OwnershipColumns>,
  caller: Caller,
  { action = 'update', ...organization }: MongodbUpdateOptions = {},
): readonly { readonly filter: object; readonly set: object }[] {
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

function filterOf({ visibility, columns }: ResourceWhere): object {
  // An empty document matches every document, so its negation matches none.
  if (visibility.kind !== 'where') return visibility.kind === 'all' ? {} : { $nor: [{}] };
  return { $and: visibility.condition.map((term) => termToQuery(term, columns[term.field])) };
}

function termToQuery(term: Term, field: string): object {
  // A null in `$in` also matches documents that lack the field.
  return { [field]: term.orEmpty ? { $in: [null, term.value] } : { $eq: term.value } };
}
