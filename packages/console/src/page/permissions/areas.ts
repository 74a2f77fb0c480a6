import type { CatalogueAnswer, PermissionEntry } from '@flairgate/client';

/** An area: the permissions whose names begin with the same word. */
export interface Area<T> {
  readonly name: string;
  readonly entries: readonly T[];
}

/** Returns the area of a permission, the first word of its name. */
export function areaOf(name: string): string {
  return name.split('.')[0] ?? name;
}

/**
 * Groups permissions by area. The areas and their permissions are in the order of the catalogue (the list of all
 * permissions).
 */
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

/** Matches the end of the name of a permission that allows only reading. */
const LOOKS = /\.(?:get|list|read|stat)(?:\.\w+)?$/;

/** Matches the names of permissions to read secrets and to delete the organization. No general preset includes them. */
const GRAVE = /(?:^|\.)secrets?\.|^org\.del$/;

/** True if the permission allows only reading. */
export function isReading(name: string): boolean {
  return LOOKS.test(name);
}

/**
 * True if the permission is to read secrets or to delete the organization. No general preset includes such a
 * permission.
 */
export function isGrave(name: string): boolean {
  return GRAVE.test(name);
}

/**
 * General presets (named selections of permissions), which are available for every catalogue of permissions. Each
 * preset is a function that tells whether it includes a permission. No general preset includes privileged permissions,
 * which must be granted one by one.
 */
const GENERAL: Readonly<Record<string, (entry: PermissionEntry) => boolean>> = {
  Nothing: () => false,
  'Reading only, without secrets': ({ name, privileged }) => !privileged && isReading(name) && !isGrave(name),
  'All but privileged, secrets and deletion of the organization': ({ name, privileged }) =>
    !privileged && !isGrave(name),
};

/**
 * Returns the names and permissions of all presets: first the general presets, then the catalogue's presets for tasks.
 */
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
