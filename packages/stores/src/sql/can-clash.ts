import { schema, type TableName } from '@flairgate/core/store';

/**
 * True if an update writes a column of the primary key or of a unique constraint. Such an update may violate the key or
 * constraint.
 */
export function canClash(table: TableName, patch: object): boolean {
  const { primary, unique }: { primary: readonly string[]; unique: readonly (readonly string[])[] } = schema[table];
  const guarded = new Set([...primary, ...unique.flat()]);
  return Object.keys(patch).some((property) => guarded.has(property));
}
