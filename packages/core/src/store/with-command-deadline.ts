import { type After, deadlines, systemAfter, withDeadline } from '../deadlines.js';
import type { Store } from './store.js';

/**
 * Returns a store whose transactions are given up after `deadlines.commandMs`, so that a store that never answers keeps
 * no caller waiting. Commands use it; a backup and a restore, which take as long as they take, do not.
 *
 * What a store does after that is unknown, as after a lost connection: a repeated create needs an idempotency key.
 */
export function withCommandDeadline(store: Store, after: After = systemAfter): Store {
  const inTime = <R>(work: Promise<R>) => withDeadline(deadlines.commandMs, 'a command', work, after);
  return {
    ...store,
    read: (work) => inTime(store.read(work)),
    write: (work, order) => inTime(store.write(work, order)),
  };
}
