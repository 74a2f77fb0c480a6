import { LRUCache } from 'lru-cache';
import type { Lineage } from '../revision/lineage.js';

/** A cached credential: what it hangs on, and when it ends by itself (milliseconds since 1970). */
export interface Held extends Lineage {
  readonly expiresAt: number;
}

/** Abort signals of principals that somebody waits on, by digest of the credential. */
export interface Signals {
  /** The signal of a credential; made at the first call. */
  of(digest: string, held: Held): AbortSignal;
  /** Fires the signals of what is no longer good. */
  sweep(good: (held: Held) => boolean): void;
}

/** Keeps at most `maxCount` signals; the one least recently asked for fires when a further one comes. */
export function createSignals(maxCount: number): Signals {
  const waiting = new LRUCache<string, { readonly controller: AbortController; readonly held: Held }>({
    max: maxCount,
    dispose: ({ controller }) => controller.abort(new Error('the credential is no longer valid')),
  });
  return {
    of: (digest, held) => {
      const known = waiting.get(digest);
      if (known !== undefined) return known.controller.signal;
      const controller = new AbortController();
      waiting.set(digest, { controller, held });
      return controller.signal;
    },
    sweep: (good) => {
      for (const [digest, { held }] of [...waiting.entries()]) if (!good(held)) waiting.delete(digest);
    },
  };
}
