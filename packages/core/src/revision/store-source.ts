import { notInitialized } from '../store/initialize.js';
import type { ChangeRow, RevisionRow } from '../store/rows.js';
import type { RowStore } from '../store/store.js';
import type { KeyOf, ReadTransaction } from '../store/transaction.js';
import type { RevisionSnapshot, RevisionSource } from './source.js';

/** Number of change rows per statement. A process that is further behind runs several statements in one snapshot. */
const CHANGES_PER_READ = 1000;

/** Creates a source that reads a store's revision number and changes, in one snapshot of the primary. */
export function storeRevisionSource(store: RowStore): RevisionSource {
  const source: RevisionSource = {
    pull: async (after) => (await readShort(store, after)) ?? store.read((tx) => readSnapshot(tx, after)),
  };
  const { version } = store;
  return version === undefined ? source : { ...source, version: () => version.call(store) };
}

/**
 * Reads the changes with one statement. Returns undefined if all stored changes are needed, if there may be more rows
 * than one statement reads, or if the store has no such statement.
 */
async function readShort(store: RowStore, after: number | undefined): Promise<RevisionSnapshot | undefined> {
  if (after === undefined || store.changesAfter === undefined) return undefined;
  const { revision, changes } = await store.changesAfter(after, CHANGES_PER_READ);
  return changes.length < CHANGES_PER_READ ? snapshotOf(revision, changes) : undefined;
}

function snapshotOf({ incarnation, n, prunedTo }: RevisionRow, changes: readonly ChangeRow[]): RevisionSnapshot {
  return { incarnation, n, prunedTo, changes, ageMs: 0 };
}

async function readSnapshot(tx: ReadTransaction, after: number | undefined): Promise<RevisionSnapshot> {
  const row = await tx.get('revision', { id: 1 });
  if (row === undefined) throw notInitialized();
  return snapshotOf(row, row.n === after ? [] : await changesAfter(tx, after));
}

async function changesAfter(tx: ReadTransaction, after: number | undefined): Promise<ChangeRow[]> {
  const changes: ChangeRow[] = [];
  let last: KeyOf<'change'> = { n: after ?? -1 };
  for (;;) {
    const slice = await tx.find('change', {}, { after: last, limit: CHANGES_PER_READ });
    changes.push(...slice);
    const end = slice.at(-1);
    if (end === undefined || slice.length < CHANGES_PER_READ) return changes;
    last = { n: end.n, scope: end.scope, id: end.id };
  }
}
