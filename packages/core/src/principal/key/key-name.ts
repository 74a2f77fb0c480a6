import { allow, type Outcome } from '../../denial/denial.js';
import { denyIssues } from '../../denial/issue.js';
import { nearest } from '../../options/nearest.js';
import { FLAIRS, type Flair, isFlair, orderFlairs } from '../../store/flair.js';
import { isPlainWord } from './plain-word.js';

/**
 * Treatment of words in square brackets that are not known flairs. A flair, such as `segment` in `vendor[segment]`, is
 * a word that gives the key an ability or restricts it.
 */
export type UnknownFlairs = 'refuse' | 'keep';

/** A parsed key name and the flairs in it. */
export interface KeyName {
  /** The name in Unicode normalization form C. */
  readonly name: string;
  /** The flairs without duplicates, in the order of `FLAIRS`. */
  readonly flairs: readonly Flair[];
}

const MAX_NAME_CHARACTERS = 128;

/** Maximum length of a name before it is normalized, in UTF-16 code units. */
const MAX_UNITS = 1024;

/** Matches control, format, surrogate, private-use and unassigned characters, and other invisible characters. */
const UNPRINTABLE_NAME = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\ufffc]|(?! )\p{Zs}/u;

/** Matches brackets and corners that look like `[` or `]`. */
const LOOK_ALIKE = new RegExp(
  `[${[
    '\\u02f9-\\u02fc', // modifier corners
    '\\u2045\\u2046', // brackets with quill
    '\\u2308-\\u230b\\u231c-\\u231f', // ceilings, floors, corners
    '\\u23a1-\\u23a6\\u23b4-\\u23b6', // bracket pieces
    '\\u2772\\u2773\\u27e6\\u27e7\\u27ec\\u27ed', // tortoise shells, white brackets
    '\\u298b-\\u2990\\u2997\\u2998', // brackets with bars and ticks
    '\\u2e02-\\u2e0d\\u2e22-\\u2e25\\u2e55-\\u2e58', // substitution, half and stroked brackets
    '\\u300c-\\u3011\\u3014-\\u301b', // corner, lenticular, tortoise shell and white brackets
    '\\ufe17\\ufe18\\ufe39-\\ufe3c\\ufe41-\\ufe44\\ufe47\\ufe48\\ufe5d\\ufe5e', // vertical and small forms
    '\\uff3b\\uff3d\\uff62\\uff63', // full-width and half-width forms
  ].join('')}]`,
  'u',
);

/**
 * Parses the name of a new key: 1 to 128 printable characters, with known flairs in square brackets at any position.
 *
 * The name is first normalized to form C, so that the name that is checked is the name that is stored. Any other text
 * in brackets is refused, because a key with a misspelled flair would have more access than intended. Unmatched
 * brackets, nested brackets and characters that look like brackets are refused for the same reason. Refuses with
 * `ERR_VALIDATION` and issues for the field `name`. Does not check if another key has this name.
 *
 * With `unknownFlairs: 'keep'`, words of ASCII letters, digits, `.`, `_` and `-` in brackets remain plain text, unless
 * they contain a flair or resemble one.
 *
 * @example
 * parseKeyName('vendor[segment]'); // { allowed: true, value: { name: 'vendor[segment]', flairs: ['segment'] } }
 * parseKeyName('vendor[segement]').allowed; // false
 */
export function parseKeyName(text: string, unknownFlairs: UnknownFlairs = 'refuse'): Outcome<KeyName> {
  if (text.length > MAX_UNITS) return denyName(`at most ${MAX_NAME_CHARACTERS} characters`);
  const name = text.normalize('NFC');
  const characters = [...name];
  const fault = textFault(characters);
  if (fault !== undefined) return denyName(fault);
  const flairs = readFlairs(characters, unknownFlairs);
  return typeof flairs === 'string' ? denyName(flairs) : allow(Object.freeze({ name, flairs: orderFlairs(flairs) }));
}

function denyName(message: string): Outcome<never> {
  return denyIssues([{ field: 'name', message }]);
}

function textFault(characters: readonly string[]): string | undefined {
  if (characters.length === 0) return 'must not be empty';
  if (characters.length > MAX_NAME_CHARACTERS) return `must be at most ${MAX_NAME_CHARACTERS} characters`;
  const place = characters.findIndex((character) => UNPRINTABLE_NAME.test(character));
  if (place >= 0) return `character ${place + 1} (${codePoint(characters[place])}) is not printable`;
  if (characters[0] === ' ' || characters.at(-1) === ' ') return 'must not start or end with a space';
  if (/^\p{M}/u.test(characters[0] ?? '')) return 'must not start with a combining mark';
  return undefined;
}

function codePoint(character = ''): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Returns the flairs in a name, or a message that describes the first problem. */
function readFlairs(characters: readonly string[], unknownFlairs: UnknownFlairs): readonly Flair[] | string {
  const flairs: Flair[] = [];
  let open: number | undefined;
  for (const [place, character] of characters.entries()) {
    const fault = bracketFault(characters, place, open);
    if (fault !== undefined) return fault;
    if (character === '[') open = place;
    if (character !== ']' || open === undefined) continue;
    const content = characters.slice(open + 1, place).join('');
    if (isFlair(content)) flairs.push(content);
    else if (unknownFlairs === 'refuse' || !isPlainWord(content)) {
      return remedy(`no such flair at character ${open + 1}`, characters, open);
    }
    open = undefined;
  }
  return open === undefined ? flairs : remedy(`the bracket at character ${open + 1} is not closed`, characters, open);
}

function bracketFault(characters: readonly string[], place: number, open: number | undefined): string | undefined {
  const character = characters[place] ?? '';
  const here = `character ${place + 1}`;
  if (looksLikeBracket(character)) return remedy(`${here} only looks like a square bracket`, characters, place);
  if (character === '[' && open !== undefined) return remedy(`${here} is a bracket in a bracket`, characters, place);
  if (character === ']' && open === undefined) return remedy(`${here} closes no bracket`, characters, place);
  // A combining mark would be drawn on the bracket, so a reader would not recognize the flair before it.
  if (characters[place - 1] === ']' && /^\p{M}/u.test(character)) {
    return remedy(`${here} is a combining mark on a bracket`, characters, place - 1);
  }
  return undefined;
}

/**
 * True for a character that looks like a bracket, either as it is or after normalization to form KC, which other
 * programs may apply later.
 */
function looksLikeBracket(character: string): boolean {
  if (character === '[' || character === ']') return false;
  return (
    LOOK_ALIKE.test(character) ||
    /[[\]]/.test(character.normalize('NFKC')) ||
    LOOK_ALIKE.test(character.normalize('NFKC'))
  );
}

/**
 * Appends a suggestion to the description of a problem: the flair that is most similar to the text beside the bracket
 * at `place`. Text inside the bracket is preferred to text outside.
 */
function remedy(problem: string, characters: readonly string[], place: number): string {
  const after = characters.slice(place + 1);
  const before = characters.slice(0, place);
  const end = after.findIndex(isBracket);
  const right = (end < 0 ? after : after.slice(0, end)).join('');
  const left = before.slice(before.findLastIndex(isBracket) + 1).join('');
  const beside = characters[place] === ']' ? left || right : right || left;
  const near = nearest(beside.normalize('NFKC').trim(), FLAIRS);
  return `${problem}; square brackets are for flairs (${FLAIRS.join(', ')}), the nearest is [${near}]`;
}

function isBracket(character: string): boolean {
  return character === '[' || character === ']' || looksLikeBracket(character);
}
