/** At most 63 characters, because PostgreSQL truncates longer names and would find another column. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** True for a name that every database and query layer reads exactly as written. */
export function isPlainName(name: string): boolean {
  return IDENTIFIER.test(name);
}

/** Pattern of the name of a type of resources. */
export const TYPE_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

/**
 * Folds a name as the most lenient reader does: ignores case, width, spaces, dots, `_` and other signs.
 *
 * Knex trims names and splits them at dots, the `CamelCasePlugin` of Kysely reads `created_by` as `createdBy`, SQL
 * ignores case. Two names with the same fold can therefore be the same column.
 */
export function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}
