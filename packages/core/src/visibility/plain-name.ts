/**
 * Matches a plain identifier of at most 63 characters. PostgreSQL truncates longer names, and a truncated name could be
 * the name of another column.
 */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** True for a name that every database and query layer reads exactly as written. */
export function isPlainName(name: string): boolean {
  return IDENTIFIER.test(name);
}

/** Matches the name of a resource type. */
export const TYPE_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

/**
 * Reduces a name to its letters and digits in lower case, so that different spellings of a column become equal.
 *
 * Knex trims names and splits them at dots, Kysely's `CamelCasePlugin` reads `created_by` as `createdBy`, and SQL
 * ignores case. Two names for which this function returns the same string may therefore be the same column.
 */
export function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}
