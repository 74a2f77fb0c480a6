import type { Denial } from '../denial/denial.js';
import { OptionError } from '../denial/errors.js';
import { denyIssues } from '../denial/issue.js';
import type { ResourceShape } from './rules.js';

/** At most 63: PostgreSQL cuts off what is longer, and finds another column. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** Longest part of a name that a refusal repeats. */
const SHOWN = 64;

/** True for a name that every database and query layer reads as it is written. */
export function isPlainName(name: string): boolean {
  return IDENTIFIER.test(name);
}

/**
 * Folds a name as the most lenient reader would: without case, width, spaces, dots, `_` and other signs.
 *
 * Knex trims names and splits them at dots, the `CamelCasePlugin` of Kysely reads `created_by` as `createdBy`, SQL
 * ignores case: two names with one fold may be one column.
 */
export function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/** The names of a body that mean something to the rules of a resource. */
export interface FieldNames {
  /** The id, ownership columns, validators and what views add: never taken from a request. */
  readonly reserved: ReadonlySet<string>;
  /**
   * Returns why a body is refused: it is no object, or one of its names is not plain, or spells a reserved or content
   * name in another way.
   */
  check(body: unknown): Denial | undefined;
}

/** Collects the names of a resource. */
export function fieldNames({ columns, content, validators }: ResourceShape): FieldNames {
  const reserved = new Set([...Object.values(columns), ...validators, 'opaque', '__proto__']);
  const exact = new Set([...reserved, ...content]);
  const folds = new Set([...Object.values(columns), ...validators, ...content, 'opaque'].map(foldName));
  return {
    reserved,
    check(body) {
      if (typeof body !== 'object' || body === null || Array.isArray(body)) {
        return denyIssues([{ field: 'body', message: 'must be an object' }]);
      }
      const issues = Object.keys(body)
        .filter((name) => !exact.has(name) && (!isPlainName(name) || folds.has(foldName(name))))
        .map((name) => ({ field: name.slice(0, SHOWN), message: messageOf(name) }));
      return issues.length === 0 ? undefined : denyIssues(issues.slice(0, MOST));
    },
  };
}

/** Most names that one refusal repeats. */
const MOST = 20;

function messageOf(name: string): string {
  return isPlainName(name)
    ? 'is another spelling of a field that is written in one way'
    : 'must be a name of letters, digits and underscores, at most 63';
}

/** Checks the fields a service lets callers set. @throws OptionError */
export function assertSettable(fields: readonly string[], { reserved }: FieldNames): void {
  const taken = new Set([...reserved].map(foldName));
  for (const name of fields) {
    if (!isPlainName(name)) throw new OptionError(`input.fields: \`${name}\` must be a plain name`);
    if (taken.has(foldName(name))) throw new OptionError(`input.fields: \`${name}\` is never taken from a request`);
  }
}
