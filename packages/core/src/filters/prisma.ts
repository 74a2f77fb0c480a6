import type { Caller, InOrganization } from '../visibility/caller.js';
import type { OwnershipColumns } from '../visibility/columns.js';
import type { ResourceWhere } from '../visibility/shape.js';
import type { UpdateStamp } from '../visibility/stamp.js';
import type { Term } from '../visibility/visibility.js';

/** A Prisma `where` object with conditions on the ownership fields of a model. The model must have these fields. */
export type PrismaFilter<C extends OwnershipColumns = OwnershipColumns> = {
  [K in C['organization']]?: string;
} & { [K in C['createdBy' | 'lockedBy' | 'secretTo']]?: string | null } & {
  AND?: PrismaFilter<C>[];
  OR?: PrismaFilter<C>[];
  NOT?: PrismaFilter<C>;
};

/** One `updateMany` call to try: its condition, and the values to set in addition to the host's fields. */
export interface PrismaUpdate<C extends OwnershipColumns = OwnershipColumns> {
  readonly where: PrismaFilter<C>;
  readonly data: { readonly [K in C['lockedBy']]?: string };
}

/** The part of `ResourceRules` that `prismaUpdates` uses. */
export interface PrismaRules<C extends OwnershipColumns> {
  where(caller: Caller, action: 'update' | 'patch' | 'upsert', options?: InOrganization): ResourceWhere<C>;
  stamp(caller: Caller, action: 'update', options?: InOrganization): UpdateStamp;
}

/** Options of `prismaUpdates`. */
export interface PrismaUpdateOptions extends InOrganization {
  /** Kind of write that the caller requests. @default 'update' */
  readonly action?: 'update' | 'patch' | 'upsert';
}

/**
 * Converts `rules.where(…)` to a Prisma `where` object. The column names in the rules must be fields of the Prisma
 * model.
 *
 * @example
 * prisma.rule.findMany({ where: prismaFilter(rules.where(req.auth, 'read')) });
 */
export function prismaFilter<C extends OwnershipColumns>(where: ResourceWhere<C>): PrismaFilter<C>;
export function prismaFilter(where: ResourceWhere): object {
  return filterOf(where);
}

/**
 * Returns the `updateMany` calls to try, in order, until one of them updates a row.
 *
 * Most callers need only one call. A key with the flairs `root` and `lock` needs two calls: the first takes the lock if
 * the lock is free, and the second leaves an existing lock unchanged. With SQL's `coalesce`, one call could do both,
 * but Prisma has no `coalesce`.
 *
 * @example
 * for (const { where, data } of prismaUpdates(rules, req.auth)) {
 *   const { count } = await prisma.rule.updateMany({ where: { id, ...where }, data: { ...values, ...data } });
 *   if (count > 0) break;
 * }
 */
export function prismaUpdates<C extends OwnershipColumns>(
  rules: PrismaRules<C>,
  caller: Caller,
  options?: PrismaUpdateOptions,
): readonly PrismaUpdate<C>[];
export function prismaUpdates(
  rules: PrismaRules<OwnershipColumns>,
  caller: Caller,
  { action = 'update', ...organization }: PrismaUpdateOptions = {},
): readonly { readonly where: object; readonly data: object }[] {
  const where = filterOf(rules.where(caller, action, organization));
  const stamp = rules.stamp(caller, 'update', organization);
  if (stamp.kind === 'none') return [{ where, data: {} }];
  const take = { [stamp.column]: stamp.identity };
  if (!stamp.passes) return [{ where, data: take }];
  const free = { [stamp.column]: null };
  return [
    { where: { AND: [where, free] }, data: take },
    { where: { AND: [where, { NOT: free }] }, data: {} },
  ];
}

function filterOf({ visibility, columns }: ResourceWhere): object {
  // In Prisma an empty AND matches every row, and an empty OR matches none.
  if (visibility.kind !== 'where') return visibility.kind === 'all' ? { AND: [] } : { OR: [] };
  return { AND: visibility.condition.map((term) => termToWhere(term, columns[term.field])) };
}

function termToWhere(term: Term, field: string): object {
  const equals = { [field]: term.value };
  return term.orEmpty ? { OR: [{ [field]: null }, equals] } : equals;
}
