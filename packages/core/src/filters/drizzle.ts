import { OptionError } from '../denial/errors.js';
import type { Caller, InOrganization } from '../visibility/caller.js';
import type { ResourceWhere } from '../visibility/shape.js';
import type { UpdateStamp } from '../visibility/stamp.js';
import type { Term } from '../visibility/visibility.js';

/** Drizzle's `sql` tag. Columns in a template become quoted names. All other values are bound as parameters. */
export type DrizzleSql<Sql> = (strings: TemplateStringsArray, ...values: unknown[]) => Sql;

/** The part of `ResourceRules` that the functions below use. */
export interface DrizzleRules<Name extends string, Lock extends string> {
  readonly content: readonly Name[];
  where(caller: Caller, action: 'content', options?: InOrganization): ResourceWhere;
  stamp(caller: Caller, action: 'update', options?: InOrganization): UpdateStamp<Lock>;
}

/**
 * Converts `rules.where(…)` to a condition for Drizzle's `where`. The column names in the rules must be keys of the
 * Drizzle table object.
 *
 * @throws OptionError if the table object lacks a column.
 * @example
 * db.select().from(rule).where(drizzleFilter(rules.where(req.auth, 'read'), rule, sql));
 */
export function drizzleFilter<Sql>({ visibility, columns }: ResourceWhere, table: object, sql: DrizzleSql<Sql>): Sql {
  if (visibility.kind !== 'where') return visibility.kind === 'all' ? sql`1 = 1` : sql`1 = 0`;
  const [first, ...rest] = visibility.condition;
  const together = rest.reduce(
    (before, term) => sql`${before} and ${termToSql(term, columnOf(table, columns[term.field]), sql)}`,
    termToSql(first, columnOf(table, columns[first.field]), sql),
  );
  return sql`(${together})`;
}

/**
 * Creates selections of the content fields. In each row whose content is withheld from the caller, these selections
 * evaluate to NULL. Adds a selection `opaque`, which is true in such a row and false in any other row.
 *
 * Withheld content does not leave the database. In a database without booleans, `opaque` is 0 or 1.
 *
 * @example
 * db.select({ id: rule.id, ...drizzleContent(rules, req.auth, rule, sql) }).from(rule);
 */
export function drizzleContent<Sql, Name extends string>(
  rules: Pick<DrizzleRules<Name, string>, 'content' | 'where'>,
  caller: Caller,
  table: object,
  sql: DrizzleSql<Sql>,
  options?: InOrganization,
): { readonly [K in Name | 'opaque']: Sql };
export function drizzleContent<Sql>(
  rules: Pick<DrizzleRules<string, string>, 'content' | 'where'>,
  caller: Caller,
  table: object,
  sql: DrizzleSql<Sql>,
  options: InOrganization = {},
): Readonly<Record<string, Sql>> {
  const condition = drizzleFilter(rules.where(caller, 'content', options), table, sql);
  const fields = rules.content.map(
    (name) => [name, sql`case when ${condition} then ${columnOf(table, name)} end`] as const,
  );
  return { ...Object.fromEntries(fields), opaque: sql`case when ${condition} then false else true end` };
}

/**
 * Creates an SQL expression for one content field, for use in searches, sorting and counts. It evaluates to NULL for
 * each row whose content is withheld from the caller.
 *
 * @example
 * query.where(like(drizzleField(rules, req.auth, 'data', rule, sql), pattern));
 */
export function drizzleField<Sql>(
  rules: Pick<DrizzleRules<string, string>, 'where'>,
  caller: Caller,
  name: string,
  table: object,
  sql: DrizzleSql<Sql>,
  options: InOrganization = {},
): Sql {
  const condition = drizzleFilter(rules.where(caller, 'content', options), table, sql);
  return sql`case when ${condition} then ${columnOf(table, name)} end`;
}

/**
 * Returns the values to set in an update, in addition to the host's fields. A key with the `lock` flair takes the lock
 * if the lock is free.
 *
 * @example
 * db.update(rule).set({ ...values, ...drizzleStamp(rules, req.auth, rule, sql) });
 */
export function drizzleStamp<Sql, Lock extends string>(
  rules: Pick<DrizzleRules<string, Lock>, 'stamp'>,
  caller: Caller,
  table: object,
  sql: DrizzleSql<Sql>,
  options?: InOrganization,
): { readonly [K in Lock]?: Sql };
export function drizzleStamp<Sql>(
  rules: Pick<DrizzleRules<string, string>, 'stamp'>,
  caller: Caller,
  table: object,
  sql: DrizzleSql<Sql>,
  options: InOrganization = {},
): Readonly<Record<string, Sql>> {
  const stamp = rules.stamp(caller, 'update', options);
  if (stamp.kind === 'none') return {};
  return { [stamp.column]: sql`coalesce(${columnOf(table, stamp.column)}, ${stamp.identity})` };
}

function termToSql<Sql>(term: Term, column: unknown, sql: DrizzleSql<Sql>): Sql {
  return term.orEmpty ? sql`(${column} is null or ${column} = ${term.value})` : sql`${column} = ${term.value}`;
}

function columnOf(table: object, name: string): unknown {
  const column: unknown = Object.hasOwn(table, name) ? Reflect.get(table, name) : undefined;
  if (typeof column === 'object' && column !== null) return column;
  throw new OptionError(`table: must have the column \`${name}\`; columns and content name keys of the table object`);
}
