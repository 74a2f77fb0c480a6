import type { KeyEntry, UsageEntry } from '@flairgate/client';

/** Permissions of a key, split by whether it used them. */
export interface UsedPermissions {
  readonly used: readonly string[];
  readonly unused: readonly string[];
}

/** Splits the permissions of a key into those that the entries count, and the others. */
export function splitPermissions({ priv }: Pick<KeyEntry, 'priv'>, entries: readonly UsageEntry[]): UsedPermissions {
  const counted = new Set(entries.flatMap(({ permissions }) => Object.keys(permissions)));
  return { used: priv.filter((name) => counted.has(name)), unused: priv.filter((name) => !counted.has(name)) };
}
