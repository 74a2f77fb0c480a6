import { schema, type TableName } from '@flairgate/core/store';

/** True if an update may violate a primary key or unique constraint, because it writes one of the key's columns. */
export function canClash(table: TableName, patch: object): boolean {
  const { primary, unique }: { primary: readonly string[]; unique: readonly (readonly string[])[] } = schema[table];
  const guarded = new Set([...primary, ...unique.flat()]);
  return Object.keys(patch).some((property) => guarded.has(property));
}
