import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import { UnavailableError } from '../../../denial/errors.js';
import { parseInteger } from '../../../options/integer.js';
import type { RandomBytes } from '../keyring/random.js';
import { type HashSetting, hashSecret, matchesHash } from './hash.js';
import { parseHash } from './stored-hash.js';

/** Options of {@link createHasher}. */
export interface HasherOptions {
  /**
   * Maximum number of slow hashes computed at the same time. The default leaves half of libuv's four threads free.
   *
   * @default 2
   */
  readonly maxConcurrent?: number;
  /**
   * Maximum number of slow hashes that wait. Waiting hashes are computed in order of arrival.
   *
   * @default 256
   */
  readonly maxQueued?: number;
  /** Source of the bytes for salts. By default, `randomBytes` of node:crypto. */
  readonly random?: RandomBytes;
}

/** Hashes and verifies secrets, with a limit on how many hashes are computed at the same time. */
export interface Hasher {
  /** Hashes a secret and returns the string to store. */
  hash(text: string, setting: HashSetting): Promise<string>;
  /**
   * Resolves to true if the secret matches the stored hash. If the stored hash is malformed, resolves to false without
   * computing a hash.
   */
  verify(text: string, stored: string): Promise<boolean>;
  /** Number of hashes that this hasher has computed, both slow and fast hashes. */
  readonly count: number;
}

/**
 * Creates a hasher that limits how many slow hashes run and wait.
 *
 * Both methods reject with `UnavailableError` if too many hashes are already waiting.
 *
 * @throws OptionError if a limit is not an integer or is too small.
 * @example
 * const hasher = createHasher();
 * await hasher.verify(secret, await hasher.hash(secret, DEFAULT_HASH_SETTING)); // true
 */
export function createHasher({ maxConcurrent = 2, maxQueued = 256, random = randomBytes }: HasherOptions = {}): Hasher {
  parseInteger('maxConcurrent', maxConcurrent, { least: 1 });
  parseInteger('maxQueued', maxQueued, { least: 0 });
  const run = createSlots(maxConcurrent, maxQueued);
  let count = 0;
  const counted = <T>(work: () => Promise<T>): Promise<T> => {
    count += 1;
    return work();
  };
  return {
    hash(text, setting) {
      const work = () => counted(() => hashSecret(text, setting, random));
      return setting.scheme === 'sha256' ? work() : run(work);
    },
    async verify(text, stored) {
      const parsed = parseHash(stored);
      if (parsed === undefined) return false;
      const work = () => counted(() => matchesHash(text, parsed));
      return parsed.scheme === 'sha256' ? work() : run(work);
    },
    get count() {
      return count;
    },
  };
}

/** Creates a function that runs up to `slots` tasks at the same time and queues up to `maxQueued` more. */
function createSlots(slots: number, maxQueued: number): <T>(work: () => Promise<T>) => Promise<T> {
  const limit = pLimit(slots);
  return async (work) => {
    if (limit.activeCount + limit.pendingCount < slots + maxQueued) return limit(work);
    throw new UnavailableError('store', new Error('too many hashes are waiting'));
  };
}
