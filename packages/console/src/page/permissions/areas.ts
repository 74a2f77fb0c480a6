import type { CatalogueAnswer, PermissionEntry } from '@flairgate/client';

/** Permissions that begin with the same word. */
export interface Area {
  readonly name: string;
  readonly entries: readonly PermissionEntry[];
}

/** Groups permissions by their first word, in the order of the catalogue. */
export function areasOf(entries: readonly PermissionEntry[]): readonly Area[] {
  const areas = new Map<string, PermissionEntry[]>();
  for (const entry of entries) {
    const [name = ''] = entry.name.split('.');
    const known = areas.get(name);
    if (known === undefined) areas.set(name, [entry]);
    else known.push(entry);
  }
  return [...areas].map(([name, inside]) => ({ name, entries: inside }));
}

/** The last part of a permission that only looks. */
const LOOKS = /\.(?:get|list|read|stat)(?:\.\w+)?$/;

/** Choices that fit every catalogue. None has a privileged permission: such are given one by one. */
const GENERAL: Readonly<Record<string, (entry: PermissionEntry) => boolean>> = {
  Nothing: () => false,
  'Reading only': ({ name, privileged }) => !privileged && LOOKS.test(name),
  'All but privileged': ({ privileged }) => !privileged,
};

/** Permissions that are chosen with one press, by the name of the choice: the general ones, then what tasks need. */
export function presetsOf({
  permissions,
  presets,
}: CatalogueAnswer): readonly (readonly [string, readonly string[]])[] {
  return [
    ...Object.entries(GENERAL).map(
      ([name, fits]) => [name, permissions.filter(fits).map((entry) => entry.name)] as const,
    ),
    ...presets.map(({ name, perms }) => [name, perms] as const),
  ];
}
