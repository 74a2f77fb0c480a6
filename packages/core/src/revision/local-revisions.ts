import type { KeyMaterial } from '../store/keyring.js';
import type { Store } from '../store/store.js';
import type { Revision } from './revision.js';

/**
 * The revisions (change trackers) in this process, by the key material of their store. All wrappers of a store have the
 * same key material.
 */
const local = new WeakMap<KeyMaterial, Set<Revision>>();

/** Registers a revision in this process. Returns a function that unregisters it. */
export function registerRevision({ material }: Pick<Store, 'material'>, revision: Revision): () => void {
  const known = local.get(material) ?? new Set();
  local.set(material, known.add(revision));
  return () => void known.delete(revision);
}

/**
 * Brings all of this process's local copies of the store's revision up to date. Never rejects, because a failed sync is
 * retried later.
 */
export async function syncLocalRevisions({ material }: Pick<Store, 'material'>): Promise<void> {
  await Promise.allSettled([...(local.get(material) ?? [])].map((revision) => revision.sync()));
}
