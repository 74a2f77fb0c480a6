import { allow, type Denial, denyIssues, type Issue, type Outcome } from '@flairgate/core';
import type { z } from 'zod';

/** Every value a request carries under each field name, in order; query before body. */
export type Fields = ReadonlyMap<string, readonly unknown[]>;

/** Fields that may come more than once, or as a JSON array. */
const LISTS: ReadonlySet<string> = new Set(['perms', 'perm', 'tags']);

/** Names that may be repeated to the caller: not something long or strange that was pasted into the wrong place. */
const PLAIN_NAME = /^[a-z][a-z0-9_]{0,31}$/;

/** Puts fields together without losing that one came twice. */
export function joinFields(...sources: readonly Iterable<readonly [string, unknown]>[]): Fields {
  const fields = new Map<string, unknown[]>();
  for (const source of sources) {
    for (const [name, value] of source) {
      const values = fields.get(name);
      if (values === undefined) fields.set(name, [value]);
      else values.push(value);
    }
  }
  return fields;
}

/**
 * Gives one value for each field, and a flat list for those that are lists.
 *
 * The object has no prototype, so no name in it means anything. A field that came twice is refused: which of the
 * two was meant is not ours to guess.
 */
export function fieldsToInput(fields: Fields): Outcome<Readonly<Record<string, unknown>>> {
  const input: Record<string, unknown> = Object.create(null);
  const issues: Issue[] = [];
  for (const [name, values] of fields) {
    if (LISTS.has(name)) input[name] = values.flat();
    else if (values.length === 1) input[name] = values[0];
    else issues.push({ field: plainName(name), message: 'send this field once' });
  }
  return issues.length === 0 ? allow(input) : denyFields(issues);
}

/**
 * Parses with a schema. Refuses with `ERR_VALIDATION`; no message holds a value that was sent.
 *
 * @typeParam T What the schema gives. It stands here because the schema's own type is not known where it is generic.
 */
export function parseInput<T>(schema: z.ZodType, given: unknown): Outcome<T> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return allow(parsed.data as T);
  return denyFields(
    parsed.error.issues.map(({ path, message }) => ({ field: plainName(String(path[0] ?? '')), message })),
  );
}

/** Refuses with issues, and says them in the detail too: LimaCharlie's clients show nothing else. */
export function denyFields(issues: readonly Issue[]): Denial {
  return explainIssues(denyIssues(issues));
}

/** Longest part of the issues that is said again in the detail. */
const MAX_DETAIL_CHARACTERS = 400;

/** Repeats the issues of a validation refusal in its detail, under the names that fields have on the wire. */
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

function plainName(name: string): string {
  return PLAIN_NAME.test(name) ? name : 'field';
}
