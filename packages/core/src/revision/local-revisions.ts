import type { KeyMaterial } from '../store/keyring.js';
import type { Store } from '../store/store.js';
import type { Revision } from './revision.js';

/** The revisions that run in this process, by the key material of their store, which every wrapper of a store shares. */
const local = new WeakMap<KeyMaterial, Set<Revision>>();

/** Registers a revision of this process. Returns the function that ends this. */
export function registerRevision({ material }: Pick<Store, 'material'>, revision: Revision): () => void {
  const known = local.get(material) ?? new Set();
  local.set(material, known.add(revision));
  return () => void known.delete(revision);
}

/** Makes every revision of this process on the store read what was committed. Never rejects: a failed sync is repeated. */
export async function syncLocalRevisions({ material }: Pick<Store, 'material'>): Promise<void> {
  await Promise.allSettled([...(local.get(material) ?? [])].map((revision) => revision.sync()));
}
