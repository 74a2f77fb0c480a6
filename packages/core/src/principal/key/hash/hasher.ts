import { randomBytes } from 'node:crypto';
import { OptionError, UnavailableError } from '../../../denial/errors.js';
import type { RandomBytes } from '../keyring/random.js';
import { type HashSetting, hashSecret, matchesHash } from './hash.js';
import { parseHash } from './stored-hash.js';

/** Options of {@link createHasher}. */
export interface HasherOptions {
  /** Slow hashes computed at once. Default 2: half of libuv's threads stay free for everything else. */
  readonly maxConcurrent?: number;
  /** Slow hashes that may wait, first in, first out. Default 256. */
  readonly maxQueued?: number;
  /** Source of salts. Default `randomBytes` of node:crypto. */
  readonly random?: RandomBytes;
}

/** Hashes and verifies secrets, so many at once. */
export interface Hasher {
  /** Hashes a secret; gives the text to store. */
  hash(text: string, setting: HashSetting): Promise<string>;
  /** Tells whether the secret is the one of the stored hash. One that cannot be read costs nothing and fits nothing. */
  verify(text: string, stored: string): Promise<boolean>;
  /** Hashes computed since it was made, of either scheme. */
  readonly count: number;
}

/**
 * Makes a hasher that bounds how many slow hashes run and wait.
 *
 * Both methods reject with `UnavailableError` when too many wait already.
 *
 * @throws OptionError for bounds that are no whole numbers.
 */
export function createHasher({ maxConcurrent = 2, maxQueued = 256, random = randomBytes }: HasherOptions = {}): Hasher {
  atLeast('maxConcurrent', maxConcurrent, 1);
  atLeast('maxQueued', maxQueued, 0);
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

/** Gives a function that runs work in one of `slots`, or lets it wait its turn. */
function createSlots(slots: number, maxQueued: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let taken = 0;
  return async (work) => {
    if (taken < slots) taken += 1;
    else if (waiting.length < maxQueued) await new Promise<void>((resolve) => waiting.push(resolve));
    else throw new UnavailableError('store', new Error('too many hashes are waiting'));
    try {
      return await work();
    } finally {
      // A slot is handed on, not freed, so that nobody who comes later gets in first.
      const next = waiting.shift();
      if (next === undefined) taken -= 1;
      else next();
    }
  };
}

function atLeast(option: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new OptionError(`${option}: write a whole number from ${least} up`);
}
