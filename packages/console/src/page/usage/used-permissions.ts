import type { KeyEntry, UsageEntry } from '@flairgate/client';

/** The permissions that a key used, and the permissions that the key has but did not use. */
export interface UsedPermissions {
  readonly used: readonly string[];
  readonly unused: readonly string[];
}

/** Splits the permissions of a key into used and unused. A permission is used if a usage entry counts it. */
export function splitPermissions({ priv }: Pick<KeyEntry, 'priv'>, entries: readonly UsageEntry[]): UsedPermissions {
  const counted = new Set(entries.flatMap(({ permissions }) => Object.keys(permissions)));
  return { used: priv.filter((name) => counted.has(name)), unused: priv.filter((name) => !counted.has(name)) };
}
