/** Kind of a grant: a single permission, or a family such as `dr.*`. */
export type GrantKind = 'permission' | 'family';

const MIN_PARTS = 2;
const MAX_PARTS = 4;
const MAX_PART_CHARACTERS = 64;
const MAX_GRANT_CHARACTERS = MAX_PARTS * (MAX_PART_CHARACTERS + 1) - 1;
const DOT = 0x2e;
const STAR = 0x2a;

/** 1 at the codes of lower-case ASCII letters, digits and the underscore. */
const NAME_CHARACTERS = new Uint8Array(0x80);
for (const character of 'abcdefghijklmnopqrstuvwxyz0123456789_') NAME_CHARACTERS[character.charCodeAt(0)] = 1;

/**
 * Returns `permission` for a permission (`area.action`, lower case, 2 to 4 parts) and `family` for a family (`area.*`).
 *
 * Returns undefined for any other string, including `*`. Does not check that a catalogue contains the name.
 */
export function grantKind(text: string): GrantKind | undefined {
  if (text.length > MAX_GRANT_CHARACTERS) return undefined;
  // One pass over the characters takes half the time of a regular expression, and a token may contain many names.
  let parts = 1;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (NAME_CHARACTERS[code] === 1) continue;
    if (code === STAR && at === start && at === text.length - 1) return isPartCount(parts) ? 'family' : undefined;
    if (code !== DOT || !isPartLength(at - start)) return undefined;
    parts += 1;
    start = at + 1;
  }
  return isPartCount(parts) && isPartLength(text.length - start) ? 'permission' : undefined;
}

function isPartCount(parts: number): boolean {
  return parts >= MIN_PARTS && parts <= MAX_PARTS;
}

function isPartLength(characters: number): boolean {
  return characters >= 1 && characters <= MAX_PART_CHARACTERS;
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
