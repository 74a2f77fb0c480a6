import { LRUCache } from 'lru-cache';
import type { IntentRow, OwnershipRow, OwnershipTypeRow } from '../../store/rows.js';
import type { RowStore } from '../../store/store.js';
import type { ReadTransaction } from '../../store/transaction.js';
import { type IdNamespace, spaceKey } from './id-namespace.js';

/** Ownership and pending writes of some resources in one namespace, read in one snapshot. */
export interface OwnershipSnapshot {
  readonly space: IdNamespace;
  readonly state: OwnershipTypeRow;
  /** Ownership rows by id. An id without ownership has no row. */
  readonly owned: ReadonlyMap<string, OwnershipRow>;
  /** All intents (pending writes) in the namespace whose pending ownership already applies. */
  readonly intents: readonly IntentRow[];
}

/** Reads the ownership of resources. A cached row is used until ownership of that resource type changes. */
export interface OwnershipReader {
  /** Reads a namespace's counters, so that the caller can compare them with a later snapshot. */
  state(space: IdNamespace): Promise<OwnershipTypeRow>;
  /** Reads the ownership of these ids in one snapshot. */
  snapshot(space: IdNamespace, ids: readonly string[]): Promise<OwnershipSnapshot>;
}

/** Maximum number of cached ids in all namespaces together. */
const MAX_OWNERSHIPS = 100_000;

interface Remembered {
  readonly revision: number;
  readonly rows: Map<string, OwnershipRow | undefined>;
}

/**
 * Creates the ownership reader for one process. Rows are cached for as long as the change counter of their type is the
 * same.
 */
export function createOwnershipReader(store: RowStore): OwnershipReader {
  const memory = new LRUCache<string, Remembered>({
    maxSize: MAX_OWNERSHIPS,
    sizeCalculation: ({ rows }) => rows.size + 1,
  });

  /**
   * Caches rows under the change counter at which they were read. A slow read of older rows does not replace newer
   * cached rows.
   */
  function keep(key: string, { revision, rows }: Remembered): void {
    const known = memory.peek(key);
    if (known === undefined || known.revision <= revision) memory.set(key, { revision, rows });
  }

  return {
    state: (space) => store.read((tx) => readState(tx, space)),
    snapshot: (space, ids) =>
      store.read(async (tx) => {
        const state = await readState(tx, space);
        const intents = state.intents === 0 ? [] : await strictIntents(tx, space);
        if (state.revision === 0) return { space, state, owned: new Map(), intents };
        const key = spaceKey(space);
        const known = memory.get(key);
        const { revision } = state;
        const kept: Remembered = known?.revision === revision ? known : { revision, rows: new Map() };
        const owned = await ownedAmong(tx, space, ids, kept.rows);
        keep(key, kept);
        return { space, state, owned, intents };
      }),
  };
}

/** Returns the ownership rows for these ids. Reads and caches rows that are not cached yet. */
async function ownedAmong(
  tx: ReadTransaction,
  space: IdNamespace,
  ids: readonly string[],
  remembered: Map<string, OwnershipRow | undefined>,
): Promise<ReadonlyMap<string, OwnershipRow>> {
  const owned = new Map<string, OwnershipRow>();
  for (const id of ids) {
    if (!remembered.has(id)) remembered.set(id, await readOwnership(tx, space, id));
    const row = remembered.get(id);
    if (row !== undefined) owned.set(id, row);
  }
  return owned;
}

/** Returns the counters of a resource type. All are 0 if there is no row yet. */
export async function readState(tx: ReadTransaction, { oid, type }: IdNamespace): Promise<OwnershipTypeRow> {
  const found = await tx.get('ownershipType', { oid, type });
  return found ?? { oid, type, revision: 0, secrets: 0, intents: 0, secretEnded: 0, adoptedBy: null };
}

/** Reads the ownership of one resource. */
export function readOwnership(
  tx: ReadTransaction,
  { oid, type }: IdNamespace,
  id: string,
): Promise<OwnershipRow | undefined> {
  return tx.get('ownership', { oid, type, id });
}

/** Reads the ownership of one resource in the transaction that changes it. */
export async function readOwnershipSnapshot(
  tx: ReadTransaction,
  space: IdNamespace,
  id: string,
): Promise<OwnershipSnapshot> {
  const state = await readState(tx, space);
  const row = await readOwnership(tx, space, id);
  const intents = state.intents === 0 ? [] : await strictIntents(tx, space);
  return { space, state, owned: new Map(row === undefined ? [] : [[id, row]]), intents };
}

/** Reads the intents (pending writes) in a namespace whose pending ownership already applies. */
export async function strictIntents(tx: ReadTransaction, { oid, type }: IdNamespace): Promise<readonly IntentRow[]> {
  return tx.find('intent', { oid, type, strict: true });
}
