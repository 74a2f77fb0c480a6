import { type Clock, systemClock } from '../revision/clock.js';
import { registerRevision } from '../revision/local-revisions.js';
import { createRevision, type Revision } from '../revision/revision.js';
import { storeRevisionSource } from '../revision/store-source.js';
import type { Store } from '../store/store.js';
import type { RemoteStore } from './remote/remote-store.js';

/** Starts the revision of a store: ticks, regular syncs, and syncs after pushes. */
export function startRevision(
  store: Store | RemoteStore,
  { boundSeconds, clock = systemClock }: { readonly boundSeconds: number; readonly clock?: Clock },
): { readonly revision: Revision; stop(): void } {
  const source = 'kind' in store ? store.source : storeRevisionSource(store);
  const revision = createRevision({ source, clock, boundMs: boundSeconds * 1000 });
  const stopTicks = revision.start();
  const forget = 'kind' in store ? undefined : registerRevision(store, revision);
  const stopPushes = store.onPush?.(() => revision.sync().catch(() => undefined));
  return {
    revision,
    stop: () => {
      stopTicks();
      stopPushes?.();
      forget?.();
    },
  };
}
