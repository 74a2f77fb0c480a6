import type { Millis } from '../../../store/columns.js';
import type { RowStore } from '../../../store/store.js';
import type { TokenKey } from '../foreign/algorithms.js';
import { tokenKeyFromJwk } from '../foreign/jwk.js';
import type { KeySource } from '../foreign/key-set.js';
import { keepMsFor, planRing } from './ring-plan.js';

export interface StoreKeysOptions {
  readonly store: RowStore;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Longest life of a token: a superseded key verifies as long, and five minutes more. */
  readonly maxTokenSeconds: number;
  /** Milliseconds that never go back, for the pause between two reads. Default: those of this process. */
  readonly monotonic?: () => number;
}

/** Milliseconds between two reads caused by unknown ids, so that a flood of them costs nothing. */
const COOLDOWN_MS = 250;

/** Keys read longer ago are read again first. Well below the time in which a key is published and does not sign. */
const MAX_AGE_MS = 300_000;

interface KnownKey {
  readonly key: TokenKey;
  readonly verifyUntil: Millis;
}

/**
 * The public keys of a store's signing ring, for verifying only.
 *
 * A key is published long before it signs, so an unknown id is looked for at most four times a second. A superseded
 * key is found while a token it signed may be alive, whether or not the store still has it. Keys that were retired
 * are found no more after the next read; their tokens end by the change that retired them.
 */
export function storeKeys({ store, clock, maxTokenSeconds, monotonic = stopwatch }: StoreKeysOptions): KeySource {
  let keys: ReadonlyMap<string, KnownKey> = new Map();
  let readAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  const read = async () => {
    const askedAt = clock();
    const rows = await store.read((tx) => tx.find('signingKey', {}));
    const planned = planRing(rows, keepMsFor(maxTokenSeconds));
    keys = new Map(
      planned.map(({ row, verifyUntil }) => [row.kid, { key: tokenKeyFromJwk(row.publicJwk), verifyUntil }]),
    );
    readAt = askedAt;
    triedAt = monotonic();
  };
  const isOld = (age: number) => age < 0 || age > MAX_AGE_MS;
  return {
    algorithms: ['ES256', 'RS256'],
    find(kid) {
      const known = keys.get(kid);
      const now = clock();
      return known === undefined || isOld(now - readAt) || now >= known.verifyUntil ? undefined : known.key;
    },
    refresh() {
      if (reading !== undefined) return reading;
      if (!isOld(clock() - readAt) && monotonic() - triedAt < COOLDOWN_MS) return undefined;
      reading = read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
  };
}

const stopwatch = () => performance.now();
