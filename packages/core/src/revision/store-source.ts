import { UnavailableError } from '../answer/errors.js';
import type { ChangeRow } from '../store/rows.js';
import type { KeyOf, ReadTransaction, RowStore } from '../store/store.js';
import type { RevisionSnapshot, RevisionSource } from './revision.js';

/** Rows read at once. A process that fell further behind reads on in the same snapshot. */
const SLICE = 1000;

/** Reads revision and changes of a store, in one snapshot of its primary. */
export function storeRevisionSource(store: RowStore): RevisionSource {
  const source: RevisionSource = { pull: (after) => store.read((tx) => readSnapshot(tx, after)) };
  const { version } = store;
  return version === undefined ? source : { ...source, version: () => version.call(store) };
}

async function readSnapshot(tx: ReadTransaction, after: number | undefined): Promise<RevisionSnapshot> {
  const row = await tx.get('revision', { id: 1 });
  if (row === undefined) throw new UnavailableError('store', new Error('the store was never initialised'));
  const changes = row.n === after ? [] : await changesAfter(tx, after);
  return { incarnation: row.incarnation, n: row.n, prunedTo: row.prunedTo, changes, ageMs: 0 };
}

async function changesAfter(tx: ReadTransaction, after: number | undefined): Promise<ChangeRow[]> {
  const changes: ChangeRow[] = [];
  let last: KeyOf<'change'> = { n: after ?? -1 };
  for (;;) {
    const slice = await tx.find('change', {}, { after: last, limit: SLICE });
    changes.push(...slice);
    const end = slice.at(-1);
    if (end === undefined || slice.length < SLICE) return changes;
    last = { n: end.n, scope: end.scope, id: end.id };
  }
}
