import { randomUUID } from 'node:crypto';
import { initialize } from '../../../store/initialize.js';
import { readKeptCatalogue } from '../../../store/kept-catalogue.js';
import type { RowStore, Store } from '../../../store/store.js';
import { openMaterial } from './keyring.js';
import { parseMasterKey } from './master-key.js';

/**
 * Opens a row store with a master key. In a new store, creates the key material and the revision row.
 *
 * The master key is 32 bytes, or a string that encodes them in base64url or hexadecimal. If opening fails, the row
 * store is closed.
 *
 * @throws OptionError if the master key is malformed or is not the one that the store was created with.
 * @example
 * const store = await openStore(myRowStore(), process.env.FLAIRGATE_MASTER_KEY ?? '');
 */
export async function openStore(rows: RowStore, masterKey: Uint8Array | string): Promise<Store> {
  try {
    const key = typeof masterKey === 'string' ? parseMasterKey(masterKey) : masterKey;
    await initialize(rows, randomUUID);
    const material = await openMaterial(rows, key);
    return { ...rows, material, keptCatalogue: { entries: await rows.read(readKeptCatalogue) } };
  } catch (error) {
    await rows.close();
    throw error;
  }
}
