import { editDistance } from '../../options/nearest.js';
import { FLAIRS } from '../../store/flair.js';

const WORD = /^[a-z0-9._-]+$/i;

/**
 * Maximum edit distance at which a word counts as a misspelled flair. A flair is a word in square brackets in a key's
 * name that gives the key an ability or restricts it.
 */
const NEAR = 2;

/** ASCII characters that are easily misread, each with the character that they look like. */
const CONFUSABLES: readonly (readonly [pattern: RegExp, letters: string])[] = [
  [/rn/g, 'm'],
  [/vv/g, 'w'],
  [/cl/g, 'd'],
  [/0/g, 'o'],
  [/[1i]/g, 'l'],
  [/3/g, 'e'],
  [/4/g, 'a'],
  [/5/g, 's'],
  [/7/g, 't'],
  [/8/g, 'b'],
  [/9/g, 'g'],
];

/**
 * True if a word in square brackets may remain plain text, because no reader would mistake it for a flair.
 *
 * The word must consist of ASCII letters, digits, dots, underscores and hyphens. It must not contain a flair. Neither
 * the word nor a part of it may be within two edits of a flair. The check ignores letter case and treats characters
 * that look alike, such as `0` and `o`, as equal.
 */
export function isPlainWord(word: string): boolean {
  if (!WORD.test(word)) return false;
  const lower = word.toLowerCase();
  return [lower, fold(lower)].every((form) => {
    const joined = form.replaceAll(/[._-]/g, '');
    if (FLAIRS.some((flair) => joined.includes(flair))) return false;
    return [form, joined, ...form.split(/[._-]/)].every((part) => !isNearFlair(part));
  });
}

function isNearFlair(part: string): boolean {
  return (
    part !== '' && FLAIRS.some((flair) => editDistance(part, fold(flair)) <= NEAR || editDistance(part, flair) <= NEAR)
  );
}

function fold(word: string): string {
  return CONFUSABLES.reduce((folded, [pattern, letters]) => folded.replaceAll(pattern, letters), word);
}
