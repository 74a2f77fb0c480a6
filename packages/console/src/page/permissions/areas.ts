import type { CatalogueAnswer, PermissionEntry } from '@flairgate/client';

/** A group of permissions that begin with the same word. */
export interface Area<T> {
  readonly name: string;
  readonly entries: readonly T[];
}

/** Returns the first word of a permission. */
export function areaOf(name: string): string {
  return name.split('.')[0] ?? name;
}

/** Groups permissions by their first word, in the order of the catalogue. */
export function areasOf<T extends { readonly name: string }>(entries: readonly T[]): readonly Area<T>[] {
  const areas = new Map<string, T[]>();
  for (const entry of entries) {
    const name = areaOf(entry.name);
    const known = areas.get(name);
    if (known === undefined) areas.set(name, [entry]);
    else known.push(entry);
  }
  return [...areas].map(([name, inside]) => ({ name, entries: inside }));
}

/** Matches the last words of a permission that allows only reading. */
const LOOKS = /\.(?:get|list|read|stat)(?:\.\w+)?$/;

/** Matches permissions that no general preset includes: permissions to read secrets and to delete the organization. */
const GRAVE = /(?:^|\.)secrets?\.|^org\.del$/;

/** True if the permission allows only reading. */
export function isReading(name: string): boolean {
  return LOOKS.test(name);
}

/** True if no general preset includes the permission. */
export function isGrave(name: string): boolean {
  return GRAVE.test(name);
}

/** Presets for every catalogue. They contain no privileged permissions, which must be granted one by one. */
const GENERAL: Readonly<Record<string, (entry: PermissionEntry) => boolean>> = {
  Nothing: () => false,
  'Reading only, without secrets': ({ name, privileged }) => !privileged && isReading(name) && !isGrave(name),
  'All but privileged, secrets and deletion of the organization': ({ name, privileged }) =>
    !privileged && !isGrave(name),
};

/** Returns the presets by name: first the general presets, then the presets for tasks. */
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
