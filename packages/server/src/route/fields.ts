import { allow, type Denial, denyIssues, type Issue, type Outcome } from '@flairgate/core';
import type { z } from 'zod';

/** All values of each field of a request. Values from the query precede values from the body. */
export type Fields = ReadonlyMap<string, readonly unknown[]>;

/** Fields that may be repeated or sent as a JSON array. */
const LISTS: ReadonlySet<string> = new Set(['perms', 'perm', 'tags', 'request', 'match']);

/** Matches field names that a refusal may repeat. Any other name could be a secret pasted into the wrong place. */
const PLAIN_NAME = /^[a-z][a-z0-9_]{0,31}$/;

/** Pairs of name and value from one source, such as the query. */
type FieldSource = Iterable<readonly [string, unknown]>;

/**
 * Joins the fields of several sources, such as query and body. Keeps all values of a repeated field. A name such as
 * `perms[]`, which axios sends for a list, is read as `perms`.
 */
export function joinFields(...sources: readonly FieldSource[]): Fields {
  return collectFields(sources, (sent) => sent.replace(/\[\]$/, ''));
}

/** Joins OAuth parameters from several sources. Unlike `joinFields`, keeps a name such as `perms[]` unchanged. */
export function joinParameters(...sources: readonly FieldSource[]): Fields {
  return collectFields(sources, (sent) => sent);
}

function collectFields(sources: readonly FieldSource[], nameOf: (sent: string) => string): Fields {
  const fields = new Map<string, unknown[]>();
  for (const source of sources) {
    for (const [sent, value] of source) {
      const name = nameOf(sent);
      const values = fields.get(name);
      if (values === undefined) fields.set(name, [value]);
      else values.push(value);
    }
  }
  return fields;
}

/**
 * Returns an object with one member for each field. For a list field, the member is a flat array of all values. Any
 * other field must not be repeated, because it is unclear which value was meant.
 *
 * The object has no prototype, so no field name has a special meaning.
 */
export function fieldsToInput(fields: Fields): Outcome<Readonly<Record<string, unknown>>> {
  const input: Record<string, unknown> = Object.create(null);
  const issues: Issue[] = [];
  for (const [name, values] of fields) {
    if (LISTS.has(name)) input[name] = values.flat();
    else if (values.length === 1) input[name] = values[0];
    else issues.push({ field: plainName(name), message: 'must be sent once' });
  }
  return issues.length === 0 ? allow(input) : denyFields(issues);
}

/**
 * Parses fields with a schema. If the fields do not match, returns a refusal with `ERR_VALIDATION`. Its text never
 * contains a value that was sent.
 *
 * @typeParam T Output type of the schema. The caller states it, because the type `z.ZodType` of `schema` does not
 * contain it.
 */
export function parseInput<T>(schema: z.ZodType, given: unknown): Outcome<T> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return allow(parsed.data as T);
  return denyFields(
    parsed.error.issues.map(({ path, message }) => ({ field: plainName(String(path[0] ?? '')), message })),
  );
}

/**
 * Creates a refusal with issues (errors of single fields). The text `detail` repeats the issues, because LimaCharlie's
 * clients show only this text.
 */
export function denyFields(issues: readonly Issue[]): Denial {
  return explainIssues(denyIssues(issues));
}

/** Maximum number of characters of the issues in the text `detail` of a refusal. */
const MAX_DETAIL_CHARACTERS = 400;

/**
 * Returns the refusal with its issues repeated in the text `detail`. The issues get the field names of the HTTP API.
 */
export function explainIssues(denial: Denial, wireNames: Readonly<Record<string, string>> = {}): Denial {
  const { issues } = denial.members;
  if (denial.code !== 'ERR_VALIDATION' || !Array.isArray(issues)) return denial;
  const renamed = issues.filter(isIssue).map(({ field, message }) => ({
    field: Object.hasOwn(wireNames, field) ? wireNames[field] : field,
    message,
  }));
  const text = renamed.map(({ field, message }) => `${field}: ${message}`).join('; ');
  const said = text.length > MAX_DETAIL_CHARACTERS ? `${text.slice(0, MAX_DETAIL_CHARACTERS)}...` : text;
  return { ...denial, detail: `the request is not valid: ${said}`, members: { ...denial.members, issues: renamed } };
}

function isIssue(value: unknown): value is Issue {
  return typeof value === 'object' && value !== null && 'field' in value && 'message' in value;
}

/** Returns the name of a field if a refusal may repeat the name. Otherwise returns the word `field`. */
export function plainName(name: string): string {
  return PLAIN_NAME.test(name) ? name : 'field';
}
