/** Kind of a grant: a single permission, or a family such as `dr.*`. */
export type GrantKind = 'permission' | 'family';

const PERMISSION = /^[a-z0-9_]{1,64}(?:\.[a-z0-9_]{1,64}){1,3}$/;
const FAMILY = /^[a-z0-9_]{1,64}(?:\.[a-z0-9_]{1,64}){0,2}\.\*$/;

/**
 * Returns `permission` for a permission (`area.action`, lower case, 2 to 4 parts) and `family` for a family (`area.*`).
 *
 * Returns undefined for any other string, including `*`. Does not check that a catalogue contains the name.
 */
export function grantKind(text: string): GrantKind | undefined {
  if (PERMISSION.test(text)) return 'permission';
  return FAMILY.test(text) ? 'family' : undefined;
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
