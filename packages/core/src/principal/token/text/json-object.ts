import { isUtf8 } from 'node:buffer';

/**
 * A parsed JSON object. The sender chooses the names of the members, so check a name with `Object.hasOwn` or take it
 * from a fixed list.
 */
export type JsonObject = Readonly<Record<string, unknown>>;

const REPLACEMENT = '\ufffd';

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
  const text = bytes.toString('utf8');
  // Bytes that are not UTF-8 become this character, so only a text that contains it must be checked.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes)) return undefined;
  const value = parse(text);
  if (!isJsonObject(value)) return undefined;
  const members = countMembers(value, 0);
  // The first count takes a tenth of the time of the exact one, and is exact for almost every token.
  return members === countNamesAtMost(text) || members === countNames(bytes) ? value : undefined;
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
 * Counts the members in a parsed value. `JSON.parse` keeps only the last of several members with the same name. If the
 * JSON text contains more member names than this count, the text contains duplicates. Returns NaN if the nesting is too
 * deep.
 */
function countMembers(value: object, depth: number): number {
  if (depth >= MAX_DEPTH) return Number.NaN;
  const isObject = !Array.isArray(value);
  const items: readonly unknown[] = isObject ? Object.values(value) : value;
  let count = isObject ? items.length : 0;
  for (const item of items) {
    // Most items are not objects, and a call for each of them would cost more than this check.
    if (typeof item === 'object' && item !== null) count += countMembers(item, depth + 1);
  }
  return count;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * Counts the colons that follow a quote in valid JSON. The result is never lower than the number of member names. It is
 * higher only if a string begins with a colon, or contains an escaped quote directly before a colon.
 */
function countNamesAtMost(text: string): number {
  let count = 0;
  for (let colon = text.indexOf(':'); colon !== -1; colon = text.indexOf(':', colon + 1)) {
    let before = colon - 1;
    while (text.charCodeAt(before) <= 0x20) before -= 1;
    if (text.charCodeAt(before) === QUOTE) count += 1;
  }
  return count;
}

/** Counts the member names in valid JSON: the colons outside strings. */
function countNames(bytes: Buffer): number {
  let count = 0;
  let isInString = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === QUOTE) isInString = !isInString;
    else if (byte === BACKSLASH) at += 1;
    else if (byte === COLON && !isInString) count += 1;
  }
  return count;
}
