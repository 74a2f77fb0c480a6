import type { Caller, InOrganization } from '../visibility/caller.js';
import type { ResourceWhere } from '../visibility/rules.js';
import type { UpdateStamp } from '../visibility/stamp.js';
import type { Term } from '../visibility/visibility.js';

/** A `where` object of Prisma as these filters write it. */
export type PrismaFilter =
  | { readonly AND: readonly PrismaFilter[] }
  | { readonly OR: readonly PrismaFilter[] }
  | { readonly NOT: PrismaFilter }
  | { readonly [field: string]: string | null };

/** One `updateMany` to try: its condition, and what it sets beside the host's fields. */
export interface PrismaUpdate<Where extends object = PrismaFilter> {
  readonly where: Where;
  readonly data: Readonly<Record<string, string>>;
}

/** The part of `ResourceRules` that updates ask. */
export interface PrismaRules {
  where(caller: Caller, action: 'update' | 'patch' | 'upsert', options?: InOrganization): ResourceWhere;
  stamp(caller: Caller, action: 'update', options?: InOrganization): UpdateStamp;
}

export interface PrismaUpdateOptions extends InOrganization {
  /** Default `update`. */
  readonly action?: 'update' | 'patch' | 'upsert';
}

/**
 * Turns `rules.where(…)` into a `where` object of Prisma. Columns are named by the fields of the model.
 *
 * Takes the type of the `where` it stands in; whether the model has these fields is checked by Prisma at the call.
 *
 * @example
 * prisma.rule.findMany({ where: prismaFilter(rules.where(req.auth, 'read')) });
 */
export function prismaFilter<Where extends object = PrismaFilter>(where: ResourceWhere): Where;
export function prismaFilter(where: ResourceWhere): object {
  return filterOf(where);
}

/**
 * Gives the `updateMany` calls to try in order until one has a count, because Prisma cannot say `coalesce`.
 *
 * One for most callers; two for a `root` key that locks, which takes a free lock and leaves another's alone. Each is
 * exact by itself.
 */
export function prismaUpdates<Where extends object = PrismaFilter>(
  rules: PrismaRules,
  caller: Caller,
  options?: PrismaUpdateOptions,
): readonly PrismaUpdate<Where>[];
export function prismaUpdates(
  rules: PrismaRules,
  caller: Caller,
  { action = 'update', ...organization }: PrismaUpdateOptions = {},
): readonly PrismaUpdate<object>[] {
  const where = filterOf(rules.where(caller, action, organization));
  const stamp = rules.stamp(caller, 'update', organization);
  if (stamp.kind === 'none') return [{ where, data: {} }];
  const take = { [stamp.column]: stamp.identity };
  if (!stamp.passes) return [{ where, data: take }];
  const free: PrismaFilter = { [stamp.column]: null };
  return [
    { where: { AND: [where, free] }, data: take },
    { where: { AND: [where, { NOT: free }] }, data: {} },
  ];
}

function filterOf({ visibility, columns }: ResourceWhere): PrismaFilter {
  // Prisma's own words for every row and no row: an empty AND holds, an empty OR does not.
  if (visibility.kind !== 'where') return visibility.kind === 'all' ? { AND: [] } : { OR: [] };
  return { AND: visibility.condition.map((term) => termOf(term, columns[term.field])) };
}

function termOf(term: Term, field: string): PrismaFilter {
  const equals: PrismaFilter = { [field]: term.value };
  return term.orEmpty ? { OR: [{ [field]: null }, equals] } : equals;
}
