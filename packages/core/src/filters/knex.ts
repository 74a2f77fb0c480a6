import type { Caller, InOrganization } from '../visibility/caller.js';
import { parseField, parseTable } from '../visibility/columns.js';
import type { ResourceWhere } from '../visibility/shape.js';
import type { UpdateStamp } from '../visibility/stamp.js';
import type { Term } from '../visibility/visibility.js';

/** The method of a Knex query builder that a filter calls. */
export interface KnexConditions {
  whereRaw(sql: string, bindings: readonly string[]): unknown;
}

/** The method of a Knex instance that the functions below call. */
export interface KnexRaw<Raw> {
  raw(sql: string, bindings: readonly string[]): Raw;
}

/** Options of the filters for Knex. */
export interface KnexFilterOptions {
  /** Table or alias to put before each column, for joins. None by default. */
  readonly table?: string;
}

/** The part of `ResourceRules` that the functions below use. */
export interface KnexRules {
  readonly content: readonly string[];
  where(caller: Caller, action: 'content', options?: InOrganization): ResourceWhere;
  stamp(caller: Caller, action: 'update', options?: InOrganization): UpdateStamp;
}

interface Fragment {
  /** SQL with placeholders: `??` for a name and `?` for a value. */
  readonly sql: string;
  readonly bindings: readonly string[];
}

/**
 * Converts `rules.where(…)` to a condition for Knex's `where`, in `select`, `update` and `delete`.
 *
 * @example
 * knex('rule').where(knexFilter(rules.where(req.auth, 'read')));
 */
export function knexFilter(where: ResourceWhere, options: KnexFilterOptions = {}): (builder: KnexConditions) => void {
  const { sql, bindings } = conditionOf(where, options);
  return (builder) => {
    builder.whereRaw(sql, bindings);
  };
}

/**
 * Creates selections of the content fields. In each row whose content is withheld from the caller, these selections
 * evaluate to NULL. Adds a selection `opaque`, which is true in such a row and false in any other row.
 *
 * Withheld content does not leave the database. In a database without booleans, `opaque` is 0 or 1.
 *
 * @example
 * knex('rule').select('id', ...knexContent(rules, req.auth, knex));
 */
export function knexContent<Raw>(
  rules: Pick<KnexRules, 'content' | 'where'>,
  caller: Caller,
  knex: KnexRaw<Raw>,
  options: KnexFilterOptions & InOrganization = {},
): Raw[] {
  const { sql, bindings } = conditionOf(rules.where(caller, 'content', options), options);
  return [
    ...rules.content.map((name) =>
      knex.raw(`case when ${sql} then ?? end as ??`, [...bindings, qualifiedColumn(name, options), name]),
    ),
    knex.raw(`case when ${sql} then false else true end as ??`, [...bindings, 'opaque']),
  ];
}

/**
 * Creates an SQL expression for one content field, for use in searches, sorting and counts. It evaluates to NULL for
 * each row whose content is withheld from the caller.
 *
 * @example
 * query.where(knexField(rules, req.auth, 'data', knex), 'like', pattern);
 */
export function knexField<Raw>(
  rules: Pick<KnexRules, 'where'>,
  caller: Caller,
  name: string,
  knex: KnexRaw<Raw>,
  options: KnexFilterOptions & InOrganization = {},
): Raw {
  const { sql, bindings } = conditionOf(rules.where(caller, 'content', options), options);
  return knex.raw(`case when ${sql} then ?? end`, [...bindings, qualifiedColumn(parseField(name), options)]);
}

/**
 * Returns the values to set in an update, in addition to the host's fields. A key with the `lock` flair takes the lock
 * if the lock is free.
 *
 * @example
 * knex('rule').update({ ...values, ...knexStamp(rules, req.auth, knex) });
 */
export function knexStamp<Raw>(
  rules: Pick<KnexRules, 'stamp'>,
  caller: Caller,
  knex: KnexRaw<Raw>,
  options: KnexFilterOptions & InOrganization = {},
): Readonly<Record<string, Raw>> {
  const stamp = rules.stamp(caller, 'update', options);
  if (stamp.kind === 'none') return {};
  return { [stamp.column]: knex.raw('coalesce(??, ?)', [qualifiedColumn(stamp.column, options), stamp.identity]) };
}

function conditionOf({ visibility, columns }: ResourceWhere, options: KnexFilterOptions): Fragment {
  if (visibility.kind !== 'where') return { sql: visibility.kind === 'all' ? '1 = 1' : '1 = 0', bindings: [] };
  const terms = visibility.condition.map((term) => termToFragment(term, qualifiedColumn(columns[term.field], options)));
  return {
    sql: `(${terms.map(({ sql }) => sql).join(' and ')})`,
    bindings: terms.flatMap(({ bindings }) => bindings),
  };
}

function termToFragment(term: Term, column: string): Fragment {
  return term.orEmpty
    ? { sql: '(?? is null or ?? = ?)', bindings: [column, column, term.value] }
    : { sql: '?? = ?', bindings: [column, term.value] };
}

function qualifiedColumn(column: string, { table }: KnexFilterOptions): string {
  return table === undefined ? column : [...parseTable(table), column].join('.');
}
