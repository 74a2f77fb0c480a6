import type { KeyMaterial } from '../store/keyring.js';
import type { Store } from '../store/store.js';
import type { Revision } from './revision.js';

/**
 * The revisions (change trackers) in this process, by the key material of their store. The key material identifies a
 * store, because all wrappers of a store share it.
 */
const local = new WeakMap<KeyMaterial, Set<Revision>>();

/** Registers a revision in this process. Returns a function that unregisters it. */
export function registerRevision({ material }: Pick<Store, 'material'>, revision: Revision): () => void {
  const known = local.get(material) ?? new Set();
  local.set(material, known.add(revision));
  return () => void known.delete(revision);
}

/**
 * Makes every revision (change tracker) of this store in this process read the latest changes from the store. Never
 * rejects, because a failed sync is retried later.
 */
export async function syncLocalRevisions({ material }: Pick<Store, 'material'>): Promise<void> {
  await Promise.allSettled([...(local.get(material) ?? [])].map((revision) => revision.sync()));
}
