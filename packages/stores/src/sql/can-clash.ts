import { schema, type TableName } from '@flairgate/core/store';

/** True if an update can make two rows clash. */
export function canClash(table: TableName, patch: object): boolean {
  const { primary, unique }: { primary: readonly string[]; unique: readonly (readonly string[])[] } = schema[table];
  const guarded = new Set([...primary, ...unique.flat()]);
  return Object.keys(patch).some((property) => guarded.has(property));
}
