import { randomBytes } from 'node:crypto';
import { assertKnownOptions } from '../../../options/assert-known-options.js';
import { memoryRowStore } from '../../../store/memory-row-store.js';
import type { Store } from '../../../store/store.js';
import { openStore } from './open-store.js';

export interface MemoryStoreOptions {
  /** 32 bytes, or their text in base64url or hexadecimal. Default: random. */
  readonly masterKey?: Uint8Array | string;
}

/** Opens a store in this process's memory, where nothing lasts, under the master key given or a random one. */
export function memoryStore(options: MemoryStoreOptions = {}): Promise<Store> {
  assertKnownOptions('memoryStore', options, ['masterKey']);
  return openStore(memoryRowStore(), options.masterKey ?? randomBytes(32));
}
