import type { Issue } from './issue.js';

/** Half a surrogate pair, line separators, and marks that change the direction of what follows. */
const UNSHOWABLE = /[\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Control characters other than tab and the ends of lines. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/;

/**
 * True if every store keeps a text as it is, and every screen shows it as what it is. Names are checked further.
 *
 * @example
 * isPlainText('first line\nsecond line'); // true
 */
export function isPlainText(text: string): boolean {
  return !CONTROL.test(text) && !UNSHOWABLE.test(text);
}

/** What is wrong with a text of this field, of at most `maxCount` characters; undefined where nothing is. */
export function plainTextIssue(field: string, text: string, maxCount: number): Issue | undefined {
  if (text.length > maxCount) return { field, message: `at most ${maxCount} characters` };
  return isPlainText(text) ? undefined : { field, message: 'no control or direction characters' };
}
