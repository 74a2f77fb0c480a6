import { LRUCache } from 'lru-cache';
import type { Lineage } from '../revision/lineage.js';

/** A cached credential: what it hangs on, and when it ends by itself (milliseconds since 1970). */
export interface Held extends Lineage {
  readonly expiresAt: number;
  /** Look-up tag of the secret that was sent; absent for a token. */
  readonly secret?: string;
  /** Incarnation of the database that a token was made from; absent for a key. */
  readonly incarnation?: string;
  /** A token of a secret that was being rotated out; absent everywhere else. */
  readonly retiring?: true;
}

/** Abort signals of principals that somebody waits on. */
export interface Signals {
  /** The signal of what was found for a credential; made at the first call. */
  of(held: Held): AbortSignal;
  /** Fires the signals of what is no longer good. */
  sweep(good: (held: Held) => boolean): void;
}

/** Keeps at most `maxCount` signals; the one least recently asked for fires when a further one comes. */
export function createSignals(maxCount: number): Signals {
  // Bounded by size and not by count, so that no room is set aside: few principals are ever waited on.
  const waiting = new LRUCache<Held, AbortController>({
    maxSize: maxCount,
    sizeCalculation: () => 1,
    dispose: (controller) => controller.abort(new Error('the credential is no longer valid')),
  });
  return {
    of: (held) => {
      const known = waiting.get(held);
      if (known !== undefined) return known.signal;
      const controller = new AbortController();
      waiting.set(held, controller);
      return controller.signal;
    },
    sweep: (good) => {
      for (const held of [...waiting.keys()]) if (!good(held)) waiting.delete(held);
    },
  };
}
