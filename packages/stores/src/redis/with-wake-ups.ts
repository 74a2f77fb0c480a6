import type { Store, WriteTransaction } from '@flairgate/core/store';
import type { WakeUps } from './redis-wake-ups.js';

/**
 * Returns a store that sends and receives wake-ups (messages that a change was made). A security change through this
 * store wakes the other processes that use the same `wakeUps`. A wake-up from another process starts a sync (a read of
 * the revision) in this process.
 *
 * The store's own pushes, such as PostgreSQL's `NOTIFY`, continue to work. A wake-up or push only starts a sync. A lost
 * or forged wake-up therefore cannot extend the use of a revoked credential. Closing the store also closes the
 * wake-ups.
 *
 * @see docs/revocation.md
 * @example
 * const wakeUps = await redisWakeUps({ url: 'redis://127.0.0.1:6379' });
 * const gate = createGate({ store: withWakeUps(store, wakeUps) });
 */
export function withWakeUps(store: Store, wakeUps: WakeUps): Store {
  return {
    ...store,
    read: (work) => store.read(work),
    async write(work, order) {
      let changed = false;
      const note = () => {
        changed = true;
      };
      const value = await store.write((tx) => work(watching(tx, note)), order);
      if (changed) wakeUps.publish();
      return value;
    },
    onPush(wake) {
      const stops = [store.onPush?.(wake), wakeUps.subscribe(wake)];
      return () => {
        for (const stop of stops) stop?.();
      };
    },
    async close() {
      await wakeUps.close();
      await store.close();
    },
  };
}

/**
 * Wraps a transaction so that `onCount` is called when the transaction makes a security change. A security change is
 * recognized by its update of the revision (change counter), which no other change updates.
 */
function watching(tx: WriteTransaction, onCount: () => void): WriteTransaction {
  return {
    get: (table, key) => tx.get(table, key),
    find: (table, where, page) => tx.find(table, where, page),
    findIn: (table, column, values, limit) => tx.findIn(table, column, values, limit),
    findPolicies: (oids, gids) => tx.findPolicies(oids, gids),
    findPolicyOrganizations: (oids, gids) => tx.findPolicyOrganizations(oids, gids),
    lockRevision: () => tx.lockRevision(),
    count: (table, where, most) => tx.count(table, where, most),
    insert: (table, row) => tx.insert(table, row),
    insertAll: (table, rows) => tx.insertAll(table, rows),
    update(table, key, patch) {
      if (table === 'revision') onCount();
      return tx.update(table, key, patch);
    },
    remove: (table, where) => tx.remove(table, where),
    removeIn: (table, column, values, where) => tx.removeIn(table, column, values, where),
  };
}
