import type { KeyEntry, UsageEntry } from '@flairgate/client';

/** Usage totals for one key over several days. */
export interface KeySums {
  readonly keyHash: string;
  readonly ident: string | null;
  readonly calls: number;
  readonly denials: number;
  readonly limited: number;
  /** Permissions that were used at least once. */
  readonly permissions: readonly string[];
}

/** Returns usage totals per key, most calls first. Unused keys come last. */
export function sumByKey(entries: readonly UsageEntry[], keys: Readonly<Record<string, KeyEntry>>): readonly KeySums[] {
  const sums = new Map<string, KeySums>();
  for (const [keyHash, { name }] of Object.entries(keys)) sums.set(keyHash, unused(keyHash, name));
  for (const { key_hash: keyHash, ident, calls, denials, limited, permissions } of entries) {
    const before = sums.get(keyHash) ?? unused(keyHash, ident);
    sums.set(keyHash, {
      keyHash,
      ident: before.ident ?? ident,
      calls: before.calls + calls,
      denials: before.denials + denials,
      limited: before.limited + limited,
      permissions: [...new Set([...before.permissions, ...Object.keys(permissions)])],
    });
  }
  return [...sums.values()].sort((a, b) => b.calls - a.calls || (a.ident ?? '').localeCompare(b.ident ?? ''));
}

function unused(keyHash: string, ident: string | null): KeySums {
  return { keyHash, ident, calls: 0, denials: 0, limited: 0, permissions: [] };
}
