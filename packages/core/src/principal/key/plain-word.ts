import { editDistance } from '../../options/nearest.js';
import { FLAIRS } from '../../store/flair.js';

const WORD = /^[a-z0-9._-]+$/i;

/** Most edits at which a word counts as a misspelled flair. */
const NEAR = 2;

/** ASCII characters that a reader takes for another one, with the one they are taken for. */
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
 * True if a word in square brackets can stay plain text: no reader takes it for a flair.
 *
 * It must consist of ASCII letters, digits, dots, underscores and hyphens. No flair can be anywhere in it, and neither
 * the word nor a part of it can be within two edits of one, in any letter case and after look-alikes are replaced.
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
