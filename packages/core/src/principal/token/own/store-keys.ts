import type { Millis } from '../../../store/columns.js';
import type { RowStore } from '../../../store/store.js';
import type { TokenKey } from '../foreign/algorithms.js';
import { tokenKeyFromJwk } from '../foreign/jwk.js';
import type { KeySource } from '../foreign/key-set.js';
import { keepMsFor, planRing } from './ring-plan.js';

/** Options of {@link storeKeys}. */
export interface StoreKeysOptions {
  readonly store: RowStore;
  /** Returns the current time in milliseconds since the Unix epoch. */
  readonly clock: () => number;
  /** Maximum lifetime of a token in seconds. A superseded key verifies tokens for this time and five minutes more. */
  readonly maxTokenSeconds: number;
  /** Monotonic clock, in milliseconds, used to limit how often keys are read. By default, `performance.now`. */
  readonly monotonic?: () => number;
}

/**
 * Minimum time, in milliseconds, between two reads caused by unknown key ids, so that many such ids cause little load.
 */
const COOLDOWN_MS = 250;

/**
 * Age, in milliseconds, above which keys are read again. Much shorter than the time between a key's publication and its
 * first use.
 */
const MAX_AGE_MS = 300_000;

interface KnownKey {
  readonly key: TokenKey;
  readonly verifyUntil: Millis;
}

/**
 * Creates a source of a store's public signing keys, for verification only.
 *
 * A key is published long before its first use, so an unknown key id is rarely the id of a new key. Unknown ids
 * therefore cause at most four reads per second. A superseded key remains in the source until all its tokens have
 * expired. A retired key is gone after the next read. The change that retired the key has also revoked the key's
 * tokens.
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
