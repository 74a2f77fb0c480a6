/** The flairs a key's name may hold. */
export const FLAIRS = ['bulk', 'lock', 'secret', 'segment', 'root'] as const;

export type Flair = (typeof FLAIRS)[number];

/** What a name says at first sight. */
export interface KeyNamePreview {
  /** In the order of {@link FLAIRS}, each once. */
  readonly flairs: readonly Flair[];
  /** What the service will refuse, in words for a person; undefined where nothing was found. */
  readonly problem: string | undefined;
}

const MAX_CHARACTERS = 128;

/**
 * Reads the flairs of a name while it is typed.
 *
 * Finds what is commonly wrong: length, spaces at the ends, brackets that are alone, nested or hold no flair. What it
 * finds the service refuses too; the service looks at more, such as letters that only look like brackets, and what
 * it says counts.
 */
export function previewKeyName(text: string): KeyNamePreview {
  const characters = [...text.normalize('NFC')];
  const found = readBrackets(characters);
  const problem = lengthProblem(characters) ?? found.problem;
  return { flairs: problem === undefined ? FLAIRS.filter((flair) => found.words.includes(flair)) : [], problem };
}

function lengthProblem(characters: readonly string[]): string | undefined {
  if (characters.length === 0) return 'a name is required';
  if (characters.length > MAX_CHARACTERS) return `at most ${MAX_CHARACTERS} characters`;
  if (characters[0] === ' ' || characters.at(-1) === ' ') return 'no space at the start or the end';
  return undefined;
}

interface Brackets {
  readonly words: readonly string[];
  readonly problem: string | undefined;
}

function readBrackets(characters: readonly string[]): Brackets {
  const words: string[] = [];
  let open: number | undefined;
  for (const [place, character] of characters.entries()) {
    if (character === '[' && open !== undefined) return fault(`character ${place + 1} is a bracket in a bracket`);
    if (character === ']' && open === undefined) return fault(`character ${place + 1} closes no bracket`);
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
  return `[${word}] is no flair; the nearest is [${nearestFlair(word)}] of ${FLAIRS.join(', ')}`;
}

/** The flair that needs the fewest letters inserted, deleted or replaced. */
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
