import { notInitialized } from '@flairgate/core/internal';
import type { RevisionPage } from '@flairgate/core/store';
import { type ReaderConnections, togetherReader } from './read-together.js';

/**
 * Creates a function that reads two things with one statement: the revision (change counter), and the changes after a
 * given change number.
 */
export function changeReader(connections: ReaderConnections) {
  const read = togetherReader(connections, {
    name: 'changes',
    rows: { revision: 'id = 1', change: 'n > $1 order by n, scope, id limit $2' },
  });
  return async (n: number, limit: number): Promise<RevisionPage> => {
    const { revision, change } = await read([n, limit]);
    if (revision[0] === undefined) throw notInitialized();
    return { revision: revision[0], changes: change };
  };
}
