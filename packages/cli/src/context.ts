import { randomBytes } from 'node:crypto';
import {
  type Actor,
  type AdministrationContext,
  createHasher,
  defaultCatalogue,
  type HashSetting,
  type Store,
  settleCatalogue,
} from '@flairgate/core';

/** Who gives a command of this program. It stands above `mayMint`, and is audited under this name. */
export const operator = { kind: 'operator', name: 'command line' } as const satisfies Actor;

/** Makes what the commands of core work with, on an open store. */
export async function createContext(store: Store, keyHash: HashSetting): Promise<AdministrationContext> {
  const hasher = createHasher();
  return {
    store,
    catalogue: await settleCatalogue(store, undefined, defaultCatalogue),
    now: Date.now,
    random: randomBytes,
    keyFormat: 'fg',
    hashSecret: (text) => hasher.hash(text, keyHash),
    readableIngestionKeys: false,
    committed: async () => undefined,
  };
}
