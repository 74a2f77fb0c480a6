import { randomBytes } from 'node:crypto';
import { assertKnownOptions } from '../../../options/assert-known-options.js';
import { memoryRowStore } from '../../../store/memory/memory-row-store.js';
import type { Store } from '../../../store/store.js';
import { openStore } from './open-store.js';

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** Master key: 32 bytes, or a string that encodes them in base64url or hexadecimal. By default, a random key. */
  readonly masterKey?: Uint8Array | string;
}

/**
 * Opens a store in this process's memory. The data is lost when the process ends.
 *
 * @throws OptionError for a malformed master key or an unknown option.
 * @example
 * const authenticator = createAuthenticator({ store: await memoryStore() });
 */
export function memoryStore(options: MemoryStoreOptions = {}): Promise<Store> {
  assertKnownOptions('memoryStore', options, ['masterKey']);
  return openStore(memoryRowStore(), options.masterKey ?? randomBytes(32));
}
