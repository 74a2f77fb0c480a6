import { UnavailableError } from '../denial/errors.js';
import type { RowStore } from './store.js';
import { UniqueError } from './transaction.js';

/**
 * Creates the revision row (security change counter) of a new store. Does nothing if the row exists.
 *
 * If several processes start at the same time, one of them creates the row.
 *
 * @see docs/revocation.md
 */
export async function initialize(store: RowStore, randomUUID: () => string): Promise<void> {
  const found = await store.read((tx) => tx.get('revision', { id: 1 }));
  if (found !== undefined) return;
  const row = { id: 1, incarnation: randomUUID(), n: 0, prunedTo: 0 } as const;
  try {
    await store.write((tx) => tx.insert('revision', row));
  } catch (error) {
    if (!(error instanceof UniqueError)) throw error;
  }
}

/** Creates the error for a store without a revision row. */
export function notInitialized(): UnavailableError {
  return new UnavailableError('store', new Error('the store was never initialized'));
}
