import type { Denial } from '../denial/denial.js';
import { OptionError } from '../denial/errors.js';
import { denyIssues } from '../denial/issue.js';
import { foldName, isPlainName } from './plain-name.js';
import type { ResourceShape } from './shape.js';

/** Maximum number of characters of a field name that a denial repeats. The denial omits the rest of the name. */
const SHOWN = 64;

/**
 * The field names that the rules of a resource type use, and a function that checks the field names in a request body.
 */
export interface FieldNames {
  /**
   * Names of the id column, the ownership columns, the validators (fields computed from content, such as an etag) and
   * `opaque`. A request must not set any of these fields.
   */
  readonly reserved: ReadonlySet<string>;
  /**
   * Returns a denial if the body is not an object or contains a refused name. Otherwise returns undefined.
   *
   * A name is refused if it is not a plain identifier. A name is also refused if it is another spelling of a reserved
   * name or a content field, such as `createdBy` for `created_by`.
   */
  check(body: unknown): Denial | undefined;
}

/** Collects the field names that the rules of a resource type use. */
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
        .map((name) => ({ field: name.slice(0, SHOWN), message: fieldNameMessage(name) }));
      return issues.length === 0 ? undefined : denyIssues(issues.slice(0, MAX_FIELDS));
    },
  };
}

/** Maximum number of names that one denial lists. */
const MAX_FIELDS = 20;

function fieldNameMessage(name: string): string {
  return isPlainName(name)
    ? 'is another spelling of a field that is written in one way'
    : 'must be a name of letters, digits and underscores, at most 63';
}

/**
 * Asserts that callers may set these fields. @throws OptionError for a reserved name or a name that is not a plain
 * identifier
 */
export function assertSettable(fields: readonly string[], { reserved }: FieldNames): void {
  const taken = new Set([...reserved].map(foldName));
  for (const name of fields) {
    if (!isPlainName(name)) throw new OptionError(`input.fields: \`${name}\` must be a plain name`);
    if (taken.has(foldName(name))) throw new OptionError(`input.fields: \`${name}\` must not be a reserved field`);
  }
}
