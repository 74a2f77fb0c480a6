import { isUtf8 } from 'node:buffer';

/** A parsed JSON object. Its member names are data: look them up with `Object.hasOwn` or from a fixed list. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Objects and arrays inside one another; what is deeper is no token. */
const MAX_DEPTH = 32;

/**
 * Parses the bytes of one JSON object strictly; undefined for anything else.
 *
 * Refuses what is not UTF-8, a byte-order mark, a member name that stands twice in one object (at any depth), and
 * nesting past 32. The size is bounded by the caller.
 *
 * @see RFC 8725 §3.7, RFC 7519 §4
 */
export function parseJsonObject(bytes: Buffer): JsonObject | undefined {
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const value = parse(text);
  if (!isJsonObject(value)) return undefined;
  return countMembers(value, 0) === countNames(text) ? value : undefined;
}

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

/** Members that are left after parsing, where of two with one name only the last is; NaN where it is nested too deep. */
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

/** Member names in a text that is valid JSON: the strings that a colon follows. */
function countNames(text: string): number {
  const hasEscapes = text.includes('\\');
  let count = 0;
  for (let open = text.indexOf('"'); open !== -1; ) {
    // Where nothing is escaped, the next quote closes.
    const after = hasEscapes ? endOfString(text, open) : text.indexOf('"', open + 1) + 1;
    if (text.charCodeAt(skipSpace(text, after)) === COLON) count += 1;
    open = text.indexOf('"', after);
  }
  return count;
}

/** Index after the quote that closes the string which opens at `open`. */
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
