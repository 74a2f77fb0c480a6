import { OptionError } from '../../denial/errors.js';
import type { ContentChange } from '../admit-write.js';
import { hasOtherSpelling } from './id-format.js';

/**
 * Path to content in a resource's JSON, outermost name first. If a value on the path is a list, the rest of the path
 * applies to each item.
 */
export type ContentPath = readonly string[];

const PART: ContentChange = Object.freeze({ touched: true, replaced: false });

type Json = Readonly<Record<string, unknown>>;

const FIELD_NAME = /^[^.\p{Cc}]{1,128}$/u;
const RESERVED = new Set(['__proto__', 'constructor', 'prototype', 'opaque']);

/** Parses paths such as `data` and `usr_mtd.notes`. @throws OptionError for a malformed path */
export function parseContentPaths(option: string, given: unknown): readonly ContentPath[] {
  if (!Array.isArray(given)) throw new OptionError(`${option}: must be a list of paths, such as ['data']`);
  return Object.freeze(given.map((path: unknown) => parsePath(option, path)));
}

function parsePath(option: string, given: unknown): ContentPath {
  const names = typeof given === 'string' ? given.split('.') : [];
  if (names.length > 0 && names.every((name) => FIELD_NAME.test(name) && !RESERVED.has(name)))
    return Object.freeze(names);
  throw new OptionError(`${option}: must be names joined by dots, such as \`data\` or \`metadata.notes\``);
}

/**
 * Copies a resource without its content. Content becomes null, validators are omitted, and `"opaque": true` is added.
 *
 * Does not change the given resource. If a path leads through a value that is not an object, that value becomes null.
 */
export function withheldCopy(item: Json, content: readonly ContentPath[], validators: readonly ContentPath[]): Json {
  let copy = item;
  for (const path of content) copy = without(copy, path, 'null');
  for (const path of validators) copy = without(copy, path, 'remove');
  return { ...copy, opaque: true };
}

function without(item: Json, [name, ...rest]: ContentPath, how: 'null' | 'remove'): Json {
  if (name === undefined || !Object.hasOwn(item, name)) return item;
  if (rest.length === 0 && how === 'remove') {
    return Object.fromEntries(Object.entries(item).filter(([key]) => key !== name));
  }
  return { ...item, [name]: rest.length === 0 ? null : withoutEach(item[name], rest, how) };
}

function withoutEach(value: unknown, path: ContentPath, how: 'null' | 'remove'): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => withoutEach(each, path, how));
  return isJson(value) ? without(value, path, how) : null;
}

/** Returns the effect of a request body on content. A missing body has no effect. */
export function contentIn(body: unknown, content: readonly ContentPath[]): ContentChange {
  if (content.length === 0) return { touched: false, replaced: true };
  if (body === undefined) return { touched: false, replaced: false };
  if (!isJson(body) || content.some(([name]) => name !== undefined && hasOtherSpelling(body, name))) return PART;
  // A body with an operator of a document database, such as `$set`, may change any part of the content.
  if (Object.keys(body).some((member) => member.startsWith('$'))) return PART;
  const found = content.map((path) => presence(body, path));
  return {
    touched: found.some((each) => each !== 'absent'),
    replaced: found.every((each) => each === 'there'),
  };
}

function presence(value: Json, [name, ...rest]: ContentPath): 'absent' | 'partly' | 'there' {
  if (name === undefined || !Object.hasOwn(value, name)) return 'absent';
  const inner = value[name];
  if (inner === null || inner === undefined) return 'partly';
  if (rest.length === 0) return 'there';
  return isJson(inner) ? presence(inner, rest) : 'partly';
}

/** True if a JSON value is an object and not a list. */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
