import type { Millis } from '../../../store/columns.js';
import type { RowStore } from '../../../store/store.js';
import type { TokenKey } from '../foreign/algorithms.js';
import { tokenKeyFromJwk } from '../foreign/jwk.js';
import type { KeySource } from '../foreign/key-set.js';
import { keepMsFor, planRing } from './ring-plan.js';

/** Options of {@link storeKeys}. */
export interface StoreKeysOptions {
  readonly store: RowStore;
  /** Returns milliseconds since 1970. */
  readonly clock: () => number;
  /** Longest lifetime of a token in seconds. A superseded key verifies for that long and five minutes more. */
  readonly maxTokenSeconds: number;
  /** Returns milliseconds that never go back, for the pause between reads. By default those of this process. */
  readonly monotonic?: () => number;
}

/** Shortest time between two reads that unknown ids cause, in milliseconds, so that many of them cost nothing. */
const COOLDOWN_MS = 250;

/** Age in milliseconds after which keys are read again. Well below the time between publication and first use. */
const MAX_AGE_MS = 300_000;

interface KnownKey {
  readonly key: TokenKey;
  readonly verifyUntil: Millis;
}

/**
 * Creates a source of the public keys of a store's signing ring, for verification only.
 *
 * A key is published long before it signs, so unknown ids cause at most four reads per second. A superseded key is found
 * until all its tokens have expired, even if the store no longer has it. A retired key is not found after the next
 * read; the change that retired it revoked its tokens.
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
