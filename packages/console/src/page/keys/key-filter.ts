import type { Flair, KeyEntries, KeyEntry, KeySecretEntry } from '@flairgate/client';

export type KeyState = 'active' | 'rotating' | 'disabled' | 'expired';

/** Filter and sort order of a key list. An empty filter matches every key. */
export interface KeyFilter {
  /** Text that the name, description, creator or public id of a key must contain. */
  readonly text: string;
  readonly state: KeyState | '';
  readonly flair: Flair | 'none' | '';
  /** Number of days for which a key must not have been used, or `never` for keys that were never used. */
  readonly unused: '30' | '90' | 'never' | '';
  /** Number of days from now within which a key must expire. */
  readonly expires: '7' | '30' | '';
  readonly sort: KeySort;
}

export type KeySort = 'newest' | 'name' | 'used' | 'expires';

export const EVERY_KEY: KeyFilter = { text: '', state: '', flair: '', unused: '', expires: '', sort: 'newest' };

/** A key in a list: its public id and its entry. */
export type KeyInList = readonly [keyHash: string, entry: KeyEntry];

const DAY_SECONDS = 86_400;

/** Returns the state of a key at the time `now`, in Unix seconds. */
export function stateOf({ disabled, expires, secrets }: KeyEntry, now: number): KeyState {
  if (disabled) return 'disabled';
  if (expires !== null && expires <= now) return 'expired';
  return liveSecrets(secrets, now).some(({ ends }) => ends !== null) ? 'rotating' : 'active';
}

/** Returns the secrets that are still valid at the time `now`, in Unix seconds. */
export function liveSecrets(secrets: readonly KeySecretEntry[], now: number): readonly KeySecretEntry[] {
  return secrets.filter(({ ends }) => ends === null || ends > now);
}

/** Returns the keys that match the filter, in the filter's sort order. */
export function filterKeys(keys: KeyEntries, filter: KeyFilter, now: number): readonly KeyInList[] {
  return Object.entries(keys)
    .filter((row) => matchesFilter(row, filter, now))
    .sort((a, b) => compare(a[1], b[1], filter.sort) || a[1].name.localeCompare(b[1].name));
}

function matchesFilter(
  [keyHash, entry]: KeyInList,
  { text, state, flair, unused, expires }: KeyFilter,
  now: number,
): boolean {
  const sought = text.trim().toLowerCase();
  const { name, description, by, flairs } = entry;
  if (!`${name}\n${description ?? ''}\n${by}\n${keyHash}`.toLowerCase().includes(sought)) return false;
  if (state !== '' && stateOf(entry, now) !== state) return false;
  if (flair !== '' && (flair === 'none' ? flairs.length > 0 : !flairs.includes(flair))) return false;
  return isUnused(entry, unused, now) && endsWithin(entry, expires, now);
}

function isUnused({ last_used: used }: KeyEntry, unused: KeyFilter['unused'], now: number): boolean {
  if (unused === '') return true;
  if (unused === 'never') return used === null;
  return used === null || used < now - Number(unused) * DAY_SECONDS;
}

function endsWithin({ expires }: KeyEntry, within: KeyFilter['expires'], now: number): boolean {
  if (within === '') return true;
  return expires !== null && expires > now && expires <= now + Number(within) * DAY_SECONDS;
}

/**
 * Compares two keys for sorting. When keys are sorted by use, those that were never used come last. When keys are
 * sorted by expiry, those that never expire come last.
 */
function compare(a: KeyEntry, b: KeyEntry, sort: KeySort): number {
  if (sort === 'name') return 0;
  if (sort === 'used') return (b.last_used ?? 0) - (a.last_used ?? 0);
  if (sort === 'expires') return (a.expires ?? Number.MAX_SAFE_INTEGER) - (b.expires ?? Number.MAX_SAFE_INTEGER);
  return b.created - a.created;
}
