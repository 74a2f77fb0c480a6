/** Kind of a grant: a single permission, or a family. */
export type GrantKind = 'permission' | 'family';

const PERMISSION = /^[a-z0-9_]{1,64}(?:\.[a-z0-9_]{1,64}){1,3}$/;
const FAMILY = /^[a-z0-9_]{1,64}(?:\.[a-z0-9_]{1,64}){0,2}\.\*$/;

/**
 * Returns whether a text is a permission (`area.action`, lower case, 2 to 4 parts) or a family (`area.*`).
 *
 * Returns undefined for anything else, including `*` alone. Does not check that a catalogue contains the name.
 */
export function grantKind(text: string): GrantKind | undefined {
  if (PERMISSION.test(text)) return 'permission';
  return FAMILY.test(text) ? 'family' : undefined;
}

/**
 * Returns a permission or family with dots, where it may be written with colons: `invoice:list` is `invoice.list`.
 *
 * Other texts are returned as they are, so that each is refused by its own name.
 */
export function toDotted(text: string): string {
  const dotted = text.replaceAll(':', '.');
  return grantKind(dotted) === undefined ? text : dotted;
}

/** Returns the prefix of every permission in a family, including the dot. */
export function familyPrefix(family: string): string {
  return family.slice(0, -1);
}
