import { isUtf8 } from 'node:buffer';

/**
 * A parsed JSON object. The sender chooses the member names, so read them with `Object.hasOwn` or from a fixed list.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Maximum nesting depth of objects and arrays. */
const MAX_DEPTH = 32;

/**
 * Parses the bytes of one JSON object strictly. Returns undefined for any other input.
 *
 * Refuses bytes that are not UTF-8, a byte-order mark, a member name that appears twice in an object at any depth, and
 * nesting deeper than 32 levels. The caller must limit the size.
 *
 * @see RFC 8725 §3.7, RFC 7519 §4
 * @example
 * parseJsonObject(Buffer.from('{"a":1}')); // { a: 1 }
 * parseJsonObject(Buffer.from('{"a":1,"a":2}')); // undefined
 */
export function parseJsonObject(bytes: Buffer): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const value = parse(text);
  if (!isJsonObject(value)) return undefined;
  return countMembers(value, 0) === countNames(text) ? value : undefined;
}

/** True for an object that is not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Counts the members in a parsed value. `JSON.parse` keeps only the last of several members with the same name, so a
 * higher count in the text reveals duplicates. Returns NaN if the nesting is too deep.
 */
function countMembers(value: unknown, depth: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (depth >= MAX_DEPTH) return Number.NaN;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) count += countMembers(item, depth + 1);
    return count;
  }
  for (const item of Object.values(value)) count += 1 + countMembers(item, depth + 1);
  return count;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** Counts the member names in valid JSON: the strings that are followed by a colon. */
function countNames(text: string): number {
  const hasEscapes = text.includes('\\');
  let count = 0;
  for (let open = text.indexOf('"'); open !== -1; ) {
    // Without escapes, the next quote ends the string.
    const after = hasEscapes ? endOfString(text, open) : text.indexOf('"', open + 1) + 1;
    if (text.charCodeAt(skipSpace(text, after)) === COLON) count += 1;
    open = text.indexOf('"', after);
  }
  return count;
}

/** Returns the index after the closing quote of the string that begins at `open`. */
function endOfString(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return at;
}
