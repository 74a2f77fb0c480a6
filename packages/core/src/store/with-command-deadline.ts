import { type After, deadlines, systemAfter, withDeadline } from '../deadlines.js';
import type { Store } from './store.js';

/**
 * Wraps a store so that a transaction is abandoned after `deadlines.commandMs`. Callers then do not wait for a store
 * that never responds. Commands use the wrapped store. Backup and restore do not, because they may take long.
 *
 * The abandoned transaction may still be committed, as after a lost connection. A client that repeats a create command
 * must therefore send an idempotency key.
 */
export function withCommandDeadline(store: Store, after: After = systemAfter): Store {
  const inTime = <R>(work: Promise<R>) => withDeadline(deadlines.commandMs, 'a command', work, after);
  return {
    ...store,
    read: (work) => inTime(store.read(work)),
    write: (work, order) => inTime(store.write(work, order)),
  };
}
