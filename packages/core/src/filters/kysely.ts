import type { Caller, InOrganization } from '../visibility/caller.js';
import { parseField, parseTable } from '../visibility/columns.js';
import type { ResourceWhere } from '../visibility/shape.js';
import type { UpdateStamp } from '../visibility/stamp.js';
import type { Term } from '../visibility/visibility.js';

interface IdentifierNode {
  readonly kind: 'IdentifierNode';
  readonly name: string;
}

interface TableNode {
  readonly kind: 'TableNode';
  readonly table: {
    readonly kind: 'SchemableIdentifierNode';
    readonly schema?: IdentifierNode;
    readonly identifier: IdentifierNode;
  };
}

interface ReferenceNode {
  readonly kind: 'ReferenceNode';
  readonly column: { readonly kind: 'ColumnNode'; readonly column: IdentifierNode };
  readonly table?: TableNode;
}

interface ValueNode {
  readonly kind: 'ValueNode';
  readonly value: string;
}

interface RawNode {
  readonly kind: 'RawNode';
  readonly sqlFragments: readonly string[];
  readonly parameters: readonly (RawNode | ReferenceNode | ValueNode)[];
}

interface AliasNode {
  readonly kind: 'AliasNode';
  readonly node: RawNode;
  readonly alias: IdentifierNode;
}

/** A Kysely expression. Plugins such as `CamelCasePlugin` can transform its nodes. */
export interface KyselyExpression<T> {
  readonly expressionType: T | undefined;
  toOperationNode(): RawNode;
}

/** An expression and the name under which it is selected. */
export interface KyselySelection<T, Name extends string> {
  readonly expression: KyselyExpression<T>;
  readonly alias: Name;
  toOperationNode(): AliasNode;
}

/** Options of the filters for Kysely. */
export interface KyselyFilterOptions {
  /** Table or alias to put before each column, for joins and `ON CONFLICT`. By default none. */
  readonly table?: string;
}

/** The part of `ResourceRules` that the functions below use. */
export interface KyselyRules<Name extends string, Lock extends string> {
  readonly content: readonly Name[];
  where(caller: Caller, action: 'content', options?: InOrganization): ResourceWhere;
  stamp(caller: Caller, action: 'update', options?: InOrganization): UpdateStamp<Lock>;
}

/**
 * Converts `rules.where(…)` to a condition for Kysely's `where`, in `select`, `update`, `delete` and `on conflict`.
 *
 * @example
 * db.selectFrom('rule').selectAll().where(kyselyFilter(rules.where(req.auth, 'read')));
 */
export function kyselyFilter(where: ResourceWhere, options: KyselyFilterOptions = {}): KyselyExpression<boolean> {
  return expression(conditionOf(where, options));
}

/**
 * Creates selections of the content fields. In each row whose content is withheld from the caller, these selections
 * evaluate to NULL. Adds a selection `opaque`, which is true in such a row and false in any other row.
 *
 * Withheld content does not leave the database. In a database without booleans, `opaque` is 0 or 1.
 *
 * @example
 * db.selectFrom('rule').select('id').select(kyselyContent(rules, req.auth));
 */
export function kyselyContent<Name extends string>(
  rules: Pick<KyselyRules<Name, string>, 'content' | 'where'>,
  caller: Caller,
  options: KyselyFilterOptions & InOrganization = {},
): (KyselySelection<unknown, Name> | KyselySelection<boolean | 0 | 1, 'opaque'>)[] {
  const condition = conditionOf(rules.where(caller, 'content', options), options);
  const opaque = raw(['case when ', ' then false else true end'], [condition]);
  return [
    ...rules.content.map((name) => selection<unknown, Name>(fieldOf(condition, name, options), name)),
    selection<boolean | 0 | 1, 'opaque'>(opaque, 'opaque'),
  ];
}

/**
 * Creates an SQL expression for one content field, for use in searches, sorting and counts. It evaluates to NULL for
 * each row whose content is withheld from the caller.
 *
 * @example
 * query.where(kyselyField(rules, req.auth, 'data'), 'like', pattern);
 */
export function kyselyField<T = string | null, Name extends string = string>(
  rules: Pick<KyselyRules<Name, string>, 'where'>,
  caller: Caller,
  name: Name,
  options: KyselyFilterOptions & InOrganization = {},
): KyselyExpression<T> {
  return expression<T>(
    fieldOf(conditionOf(rules.where(caller, 'content', options), options), parseField(name), options),
  );
}

/**
 * Returns the values to set in an update, in addition to the host's fields. A key with the `lock` flair takes the lock
 * if the lock is free.
 *
 * @example
 * db.updateTable('rule').set({ ...values, ...kyselyStamp(rules, req.auth) });
 */
export function kyselyStamp<Lock extends string>(
  rules: Pick<KyselyRules<string, Lock>, 'stamp'>,
  caller: Caller,
  options?: KyselyFilterOptions & InOrganization,
): { readonly [K in Lock]?: KyselyExpression<string> };
export function kyselyStamp(
  rules: Pick<KyselyRules<string, string>, 'stamp'>,
  caller: Caller,
  options: KyselyFilterOptions & InOrganization = {},
): Readonly<Record<string, KyselyExpression<string>>> {
  const stamp = rules.stamp(caller, 'update', options);
  if (stamp.kind === 'none') return {};
  const held = raw(['coalesce(', ', ', ')'], [reference(stamp.column, options), value(stamp.identity)]);
  return { [stamp.column]: expression<string>(held) };
}

function conditionOf({ visibility, columns }: ResourceWhere, options: KyselyFilterOptions): RawNode {
  if (visibility.kind !== 'where') return raw([visibility.kind === 'all' ? '1 = 1' : '1 = 0'], []);
  const terms = visibility.condition.map((term) => termToNode(term, columns[term.field], options));
  return raw(['(', ...terms.slice(1).map(() => ' and '), ')'], terms);
}

function termToNode(term: Term, column: string, options: KyselyFilterOptions): RawNode {
  const equals = raw(['', ' = ', ''], [reference(column, options), value(term.value)]);
  return term.orEmpty ? raw(['(', ' is null or ', ')'], [reference(column, options), equals]) : equals;
}

function fieldOf(condition: RawNode, name: string, options: KyselyFilterOptions): RawNode {
  return raw(['case when ', ' then ', ' end'], [condition, reference(name, options)]);
}

function reference(column: string, { table }: KyselyFilterOptions): ReferenceNode {
  const node = { kind: 'ReferenceNode', column: { kind: 'ColumnNode', column: identifier(column) } } as const;
  return table === undefined ? node : { ...node, table: tableNode(parseTable(table)) };
}

function tableNode(parts: readonly string[]): TableNode {
  const [first = '', second] = parts;
  const name =
    second === undefined
      ? { identifier: identifier(first) }
      : { schema: identifier(first), identifier: identifier(second) };
  return { kind: 'TableNode', table: { kind: 'SchemableIdentifierNode', ...name } };
}

function identifier(name: string): IdentifierNode {
  return { kind: 'IdentifierNode', name };
}

function value(text: string): ValueNode {
  return { kind: 'ValueNode', value: text };
}

function raw(sqlFragments: readonly string[], parameters: RawNode['parameters']): RawNode {
  return { kind: 'RawNode', sqlFragments, parameters };
}

function expression<T>(node: RawNode): KyselyExpression<T> {
  return { expressionType: undefined, toOperationNode: () => node };
}

function selection<T, Name extends string>(node: RawNode, alias: Name): KyselySelection<T, Name> {
  return {
    expression: expression<T>(node),
    alias,
    toOperationNode: () => ({ kind: 'AliasNode', node, alias: identifier(alias) }),
  };
}
