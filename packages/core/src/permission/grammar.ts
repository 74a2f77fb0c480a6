/** What the text of a grant is. */
export type GrantKind = 'permission' | 'family';

const PERMISSION = /^[a-z0-9_]{1,64}(?:\.[a-z0-9_]{1,64}){1,3}$/;
const FAMILY = /^[a-z0-9_]{1,64}(?:\.[a-z0-9_]{1,64}){0,2}\.\*$/;

/**
 * Tells a permission (`area.action`, lower case, 2 to 4 parts) from a family (`area.*`).
 *
 * Undefined for anything else, a lone `*` among it. Does not ask whether any catalogue has the name.
 */
export function grantKind(text: string): GrantKind | undefined {
  if (PERMISSION.test(text)) return 'permission';
  return FAMILY.test(text) ? 'family' : undefined;
}

/** The prefix, dot included, of every permission in a family. */
export function familyPrefix(family: string): string {
  return family.slice(0, -1);
}
