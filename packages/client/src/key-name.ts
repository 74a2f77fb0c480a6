/** The flairs: words that change the rights of a key if the name of the key contains them in square brackets. */
export const FLAIRS = ['bulk', 'lock', 'secret', 'segment', 'root'] as const;

export type Flair = (typeof FLAIRS)[number];

/** Result of {@link previewKeyName}. */
export interface KeyNamePreview {
  /** Flairs of the name, in the order of {@link FLAIRS}, each once. Empty if there is a problem. */
  readonly flairs: readonly Flair[];
  /** Readable reason why the service will refuse the name. Undefined if no reason was found. */
  readonly problem: string | undefined;
}

const MAX_NAME_CHARACTERS = 128;

/**
 * Finds the flairs in a key name, and a problem with the name if there is one. Meant to be called while a user types
 * the name.
 *
 * Checks the length, spaces at the ends, invisible characters, and brackets that are unbalanced, nested or contain no
 * flair. The service refuses every name for which this function reports a problem. The service also makes further
 * checks, so it may refuse a name for which this function reports no problem.
 *
 * @example
 * previewKeyName('vendor[segment]'); // { flairs: ['segment'], problem: undefined }
 */
export function previewKeyName(text: string): KeyNamePreview {
  const characters = [...text.normalize('NFC')];
  const found = readBrackets(characters);
  const problem = lengthProblem(characters) ?? characterProblem(characters) ?? found.problem;
  return { flairs: problem === undefined ? FLAIRS.filter((flair) => found.words.includes(flair)) : [], problem };
}

function lengthProblem(characters: readonly string[]): string | undefined {
  if (characters.length === 0) return 'must not be empty';
  if (characters.length > MAX_NAME_CHARACTERS) return `must be at most ${MAX_NAME_CHARACTERS} characters`;
  if (characters[0] === ' ' || characters.at(-1) === ' ') return 'must not start or end with a space';
  return undefined;
}

/** Control, format, unassigned and other invisible characters. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

function characterProblem(characters: readonly string[]): string | undefined {
  const hidden = characters.findIndex((character) => INVISIBLE.test(character));
  if (hidden >= 0) return `character ${hidden + 1} is invisible; delete it`;
  const odd = characters.findIndex(
    (character) => !/[[\]]/.test(character) && /[[\]]/.test(character.normalize('NFKC')),
  );
  return odd < 0 ? undefined : `character ${odd + 1} only looks like a square bracket; type [ or ]`;
}

interface Brackets {
  readonly words: readonly string[];
  readonly problem: string | undefined;
}

function readBrackets(characters: readonly string[]): Brackets {
  const words: string[] = [];
  let open: number | undefined;
  for (const [place, character] of characters.entries()) {
    if (character === '[' && open !== undefined)
      return fault(`the bracket at character ${place + 1} is inside another bracket`);
    if (character === ']' && open === undefined) return fault(`the bracket at character ${place + 1} closes nothing`);
    if (character === '[') open = place;
    if (character !== ']' || open === undefined) continue;
    const word = characters.slice(open + 1, place).join('');
    if (!FLAIRS.some((flair) => flair === word)) return fault(unknownFlair(word));
    words.push(word);
    open = undefined;
  }
  return open === undefined
    ? { words, problem: undefined }
    : fault(`the bracket at character ${open + 1} is not closed`);
}

function fault(problem: string): Brackets {
  return { words: [], problem };
}

function unknownFlair(word: string): string {
  return `[${word}] is not a flair; the nearest is [${nearestFlair(word)}] of ${FLAIRS.join(', ')}`;
}

/** Returns the flair with the smallest edit distance. */
function nearestFlair(word: string): Flair {
  const costs = FLAIRS.map((flair) => distance(word.slice(0, 32).toLowerCase(), flair));
  return FLAIRS[costs.indexOf(Math.min(...costs))] ?? FLAIRS[0];
}

function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (to[column - 1] === letter ? 0 : 1);
      next.push(Math.min((row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
