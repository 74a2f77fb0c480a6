/** Kind of a grant: a single permission, or a family such as `dr.*`. */
export type GrantKind = 'permission' | 'family';

const MIN_PARTS = 2;
const MAX_PARTS = 4;
const MAX_PART_CHARACTERS = 64;
const DOT = 0x2e;

/**
 * Returns `permission` for a permission (`area.action`, lower case, 2 to 4 parts) and `family` for a family (`area.*`).
 *
 * Returns undefined for any other string, including `*`. Does not check that a catalogue contains the name.
 */
export function grantKind(text: string): GrantKind | undefined {
  // One pass over the characters takes half the time of a regular expression, and a token may contain many names.
  let start = 0;
  for (let parts = 1; parts <= MAX_PARTS; parts += 1) {
    const end = endOfPart(text, start);
    if (end === start) return parts >= MIN_PARTS && text.slice(start) === '*' ? 'family' : undefined;
    if (end === text.length) return parts >= MIN_PARTS ? 'permission' : undefined;
    if (text.charCodeAt(end) !== DOT) return undefined;
    start = end + 1;
  }
  return undefined;
}

/** Returns the index after the name characters that begin at `start`, at most {@link MAX_PART_CHARACTERS} of them. */
function endOfPart(text: string, start: number): number {
  let end = start;
  while (end < start + MAX_PART_CHARACTERS && isNameCharacter(text.charCodeAt(end))) end += 1;
  return end;
}

/** True for the code of a lower-case ASCII letter, a digit or an underscore. */
function isNameCharacter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x5f;
}

/**
 * Converts a permission or family written with colons to one with dots: `invoice:list` becomes `invoice.list`.
 *
 * Returns any other string unchanged, so that it is refused as it was written.
 */
export function toDotted(text: string): string {
  const dotted = text.replaceAll(':', '.');
  return grantKind(dotted) === undefined ? text : dotted;
}

/** Returns the common prefix of all permissions in a family, including the dot. */
export function familyPrefix(family: string): string {
  return family.slice(0, -1);
}
