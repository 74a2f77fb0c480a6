import { isUtf8 } from 'node:buffer';
import { type IdFormat, type IsId, idText } from '@flairgate/core';
import type { ListShape } from './guard-options.js';

/** How the ids of a list are written. */
export interface ListedIds {
  /** Member of an item that holds its id: letters, digits and `_`. */
  readonly field: string;
  readonly format: IdFormat | undefined;
  readonly isId: IsId;
}

/** Patterns of a list, each of which begins where the one before it ended. */
interface ListPatterns {
  /** Up to the first id, or to the end of the list. */
  readonly head: RegExp;
  /** From an id up to the next, or to the end of the list. */
  readonly item: RegExp;
  /** The byte that ends the list. */
  readonly end: string;
  readonly tail: RegExp;
}

/** Longer texts are left to the parser: a pattern remembers every byte it has passed until it has come to its end. */
const MAX_BYTES = 2 ** 20;

/** How deep the members of an item may go. Each step makes the patterns twice as long. */
const MAX_DEPTH = 3;

const NOT = -1;
const SPACE = '[ \\t\\n\\r]*';
const PLAIN_BYTES = '[^"\\\\\\x00-\\x1f]*';
const PLAIN_ID = '"[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]*"';
const TEXT = `"${PLAIN_BYTES}(?:\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4})${PLAIN_BYTES})*"`;
const NUMBER = '-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?';
const VALUE = valuePattern(MAX_DEPTH);

/**
 * Makes the check whether an answer is surely a JSON list in the shape of its route: items that each have an id in
 * its one spelling.
 *
 * It makes no objects, so it takes a third of the time of a parser and leaves nothing to collect. True only where
 * `listItems` would find a list too. False tells nothing: what is written in an unusual way, as a member's name with
 * an escape, what is long and what is deep are the parser's to judge. Takes time in proportion to the text, whatever
 * stands there: where a pattern could go on in two ways the next byte says which.
 *
 * @see RFC 8259 sections 2 to 7
 */
export function createPlainLists(ids: ListedIds): (shape: ListShape, body: Buffer) => boolean {
  const known = { array: arrayPatterns(ids.field), map: mapPatterns() };
  const wrapped = new Map<string, ListPatterns>();
  return function isPlainList(shape, body) {
    if (body.byteLength > MAX_BYTES || !isUtf8(body)) return false;
    // One character for each byte; those of longer characters can stand in texts only.
    const text = body.toString('latin1');
    if (typeof shape === 'string') return isPlain(text, known[shape], ids);
    if (!/^\w+$/.test(shape.member)) return false;
    const patterns = wrapped.get(shape.member) ?? memberPatterns(ids.field, shape.member);
    wrapped.set(shape.member, patterns);
    return isPlain(text, patterns, ids);
  };
}

function isPlain(text: string, { head, item, end, tail }: ListPatterns, ids: ListedIds): boolean {
  let at = endOf(head, text, 0);
  while (at !== NOT && text[at] !== end) {
    if (!isIdAt(text, at, ids)) return false;
    at = endOf(item, text, at);
  }
  return at !== NOT && endOf(tail, text, at) === text.length;
}

/** Where a pattern ends that begins at `at`. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : NOT;
}

/** Whether an id in its one spelling begins here: a text without escapes, or digits. */
function isIdAt(text: string, at: number, { format, isId }: ListedIds): boolean {
  const isText = text[at] === '"';
  const id = isText
    ? text.slice(at + 1, text.indexOf('"', at + 1))
    : idText(Number.parseInt(text.slice(at, at + 20), 10), format);
  return id !== undefined && isId(id);
}

function arrayPatterns(field: string): ListPatterns {
  const other = memberBut(field);
  const id = `\\{${SPACE}(?:${other},${SPACE})*"${field}"${SPACE}:${SPACE}`;
  const rest = `(?:${PLAIN_ID}|0|[1-9]\\d*)${SPACE}(?:,${SPACE}${other})*\\}${SPACE}`;
  return {
    head: sticky(SPACE, '\\[', SPACE, `(?:${id}|(?=\\]))`),
    item: sticky(rest, `(?:,${SPACE}${id}|(?=\\]))`),
    end: ']',
    tail: sticky('\\]', SPACE),
  };
}

function memberPatterns(field: string, member: string): ListPatterns {
  const { head, tail, ...items } = arrayPatterns(field);
  const beside = memberBut(member);
  return {
    ...items,
    head: sticky(SPACE, '\\{', SPACE, `(?:${beside},${SPACE})*`, `"${member}"${SPACE}:`, head.source),
    tail: sticky(tail.source, `(?:,${SPACE}${beside})*`, '\\}', SPACE),
  };
}

function mapPatterns(): ListPatterns {
  return {
    head: sticky(SPACE, '\\{', SPACE),
    item: sticky(PLAIN_ID, SPACE, ':', SPACE, objectPattern(VALUE), SPACE, more('\\}')),
    end: '}',
    tail: sticky('\\}', SPACE),
  };
}

function sticky(...parts: readonly string[]): RegExp {
  return new RegExp(parts.join(''), 'y');
}

/** A member with another name than this one, and what may stand behind it. Names have no escapes here. */
function memberBut(name: string): string {
  return `"(?!${name}")${PLAIN_BYTES}"${SPACE}:${SPACE}${VALUE}${SPACE}`;
}

function valuePattern(depth: number): string {
  const scalar = `${TEXT}|${NUMBER}|true|false|null`;
  if (depth === 0) return `(?:${scalar})`;
  const inner = valuePattern(depth - 1);
  return `(?:${scalar}|\\[${SPACE}(?:${inner}${SPACE}${more('\\]')})*\\]|${objectPattern(inner)})`;
}

function objectPattern(inner: string): string {
  return `\\{${SPACE}(?:${TEXT}${SPACE}:${SPACE}${inner}${SPACE}${more('\\}')})*\\}`;
}

/** A comma and something behind it, or the end. */
function more(end: string): string {
  return `(?:,${SPACE}(?!${end})|(?=${end}))`;
}
