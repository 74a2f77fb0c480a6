import type { Issue } from './issue.js';

/** Halves of surrogate pairs, line separators, and marks that change the direction of the following text. */
const UNSHOWABLE = /[\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Control characters other than tab and line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is meant to match them
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/;

/**
 * True if every store returns the text unchanged and every screen displays it as it is. Names have further rules.
 *
 * @example
 * isPlainText('first line\nsecond line'); // true
 */
export function isPlainText(text: string): boolean {
  return !CONTROL.test(text) && !UNSHOWABLE.test(text);
}

/** Returns the issue of a text that is longer than `maxCount` characters or not plain. Undefined if it has none. */
export function plainTextIssue(field: string, text: string, maxCount: number): Issue | undefined {
  if (text.length > maxCount) return { field, message: `must be at most ${maxCount} characters` };
  return isPlainText(text) ? undefined : { field, message: 'must not contain control or direction characters' };
}
