import type { RowStore } from '../../store/store.js';
import type { TokenKey } from './algorithms.js';
import { tokenKeyFromJwk } from './jwk.js';
import type { KeySource } from './key-set.js';

/** Milliseconds between two reads caused by unknown ids, so that a flood of them costs nothing. */
const COOLDOWN_MS = 250;

/**
 * The public keys of a store's signing ring, for verifying only.
 *
 * A key is published long before it signs, so an unknown id is looked for at most four times a second. Keys that
 * were retired are found no more after the next read; their tokens end by the change that retired them.
 */
export function storeKeys(store: RowStore, now: () => number = () => performance.now()): KeySource {
  let keys: ReadonlyMap<string, TokenKey> = new Map();
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  const read = async () => {
    const rows = await store.read((tx) => tx.find('signingKey', {}));
    const live = rows.filter((row) => row.retiredAt === null);
    keys = new Map(live.map(({ publicJwk }) => tokenKeyFromJwk(publicJwk)).map((key) => [key.kid, key]));
    readAt = now();
  };
  return {
    algorithms: ['ES256', 'RS256'],
    find: (kid) => keys.get(kid),
    refresh: () => {
      if (reading !== undefined) return reading;
      if (now() - readAt < COOLDOWN_MS) return undefined;
      reading = read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
  };
}
