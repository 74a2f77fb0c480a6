import type { IntentRow } from '../../store/rows.js';
import type { RowStore } from '../../store/store.js';
import { changeOwnership, dropOwnership, endIntent } from './change-ownership.js';
import type { IdNamespace } from './id-namespace.js';

/** What the end of a write needs whose process died. */
export interface ReconcileContext {
  readonly store: RowStore;
  readonly now: () => number;
}

/**
 * Ends an intent whose process died, by asking the service whether the resource is there.
 *
 * An update that may have happened took the lock; what is gone has no ownership. Does nothing when the process of
 * the intent showed a sign of life, or somebody else was faster.
 */
export async function reconcileIntent(
  { store, now }: ReconcileContext,
  space: IdNamespace,
  dead: IntentRow,
  exists: (id: string) => Promise<boolean>,
): Promise<void> {
  const { oid, type, id, token } = dead;
  const isThere = await exists(id);
  await store.write((tx) =>
    changeOwnership(tx, space, async (change) => {
      const intent = await tx.get('intent', { oid, type, id });
      if (intent === undefined || intent.token !== token || intent.endsAt > now()) return;
      const done = isThere ? intent.operation !== 'delete' : intent.operation === 'delete';
      await endIntent(change, intent, done ? 'done' : 'not-done');
      if (!isThere) await dropOwnership(change, id);
    }),
  );
}
