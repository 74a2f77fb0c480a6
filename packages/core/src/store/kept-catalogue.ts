import type { CatalogueEntry } from './rows.js';
import type { ReadTransaction } from './transaction.js';

/** Returns the permissions of the catalogue stored in the database. Returns undefined if no catalogue is stored. */
export async function readKeptCatalogue(tx: ReadTransaction): Promise<readonly CatalogueEntry[] | undefined> {
  const kept = await tx.get('setting', { name: 'catalogue' });
  if (kept === undefined) return undefined;
  return (await tx.get('catalogue', { digest: kept.value }))?.entries;
}
