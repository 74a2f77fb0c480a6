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

/** Matches the end of a permission that only reads. */
const LOOKS = /\.(?:get|list|read|stat)(?:\.\w+)?$/;

/** Permissions that no preset gives unasked: to read secrets, and to delete the organization. */
const GRAVE = /(?:^|\.)secrets?\.|^org\.del$/;

/** Presets for every catalogue. They contain no privileged permission, because those are granted one by one. */
const GENERAL: Readonly<Record<string, (entry: PermissionEntry) => boolean>> = {
  Nothing: () => false,
  'Reading only, without secrets': ({ name, privileged }) => !privileged && LOOKS.test(name) && !GRAVE.test(name),
  'All but privileged, secrets and deletion of the organization': ({ name, privileged }) =>
    !privileged && !GRAVE.test(name),
};

/** Returns the presets by name: the general ones, then those for tasks. */
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
