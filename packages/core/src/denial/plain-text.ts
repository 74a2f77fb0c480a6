import type { Issue } from './issue.js';

/** Matches lone surrogates, line separators, and marks that change the text direction. */
const UNSHOWABLE = /[\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Matches control characters other than tab and line breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern is meant to match them
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/;

/**
 * True if every store returns the string unchanged and every screen displays it as it is. Names must also follow the
 * rules of `parseKeyName`.
 *
 * @example
 * isPlainText('first line\nsecond line'); // true
 */
export function isPlainText(text: string): boolean {
  return !CONTROL.test(text) && !UNSHOWABLE.test(text);
}

/**
 * Returns an issue if a string is longer than `maxCount` characters or is not plain text. Otherwise returns undefined.
 */
export function plainTextIssue(field: string, text: string, maxCount: number): Issue | undefined {
  if (text.length > maxCount) return { field, message: `must be at most ${maxCount} characters` };
  return isPlainText(text) ? undefined : { field, message: 'must not contain control or direction characters' };
}
