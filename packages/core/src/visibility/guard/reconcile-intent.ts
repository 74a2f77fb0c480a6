import type { IntentRow } from '../../store/rows.js';
import type { RowStore } from '../../store/store.js';
import { changeOwnership, endUnknownIntent } from './change-ownership.js';
import type { IdNamespace } from './id-namespace.js';

/** Dependencies of {@link reconcileIntent}. */
export interface ReconcileContext {
  readonly store: RowStore;
  readonly now: () => number;
}

/**
 * Ends an intent (a pending write) whose process died. Asks the service first if the resource exists.
 *
 * Changes nothing if the process has renewed the intent, or if the intent has already ended.
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
      await endUnknownIntent(change, intent, isThere);
    }),
  );
}
