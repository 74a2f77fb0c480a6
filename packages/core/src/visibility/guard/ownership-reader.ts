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

/** Reads the ownership of resources. A cached row is used until any ownership of the same resource type changes. */
export interface OwnershipReader {
  /** Reads a namespace's counters, so that the caller can compare them with an earlier or a later snapshot. */
  state(space: IdNamespace): Promise<OwnershipTypeRow>;
  /**
   * Returns the counters from the last read, without reading the store. Returns undefined if that read was more than
   * {@link RECENT_MS} milliseconds ago, or if this process has written ownership since that read.
   */
  recentState(space: IdNamespace): OwnershipTypeRow | undefined;
  /** Forgets the recent counters. Called after this process has written ownership. */
  forgetStates(): void;
  /** Reads the ownership of these ids in one snapshot. */
  snapshot(space: IdNamespace, ids: readonly string[]): Promise<OwnershipSnapshot>;
}

/** Maximum number of cached ids in all namespaces together. */
const MAX_OWNERSHIPS = 100_000;

/**
 * Maximum age, in milliseconds, of counters that count as recent. Another process may have changed ownership since the
 * counters were read. A comparison with older counters is still safe, because it can only lead to a stricter decision.
 */
const RECENT_MS = 10;

/** Maximum number of namespaces whose recent counters are kept. */
const MAX_RECENT = 1000;

interface Remembered {
  readonly revision: number;
  readonly rows: Map<string, OwnershipRow | undefined>;
}

/**
 * Creates the ownership reader for one process. Rows stay cached until the change counter of their resource type
 * changes.
 */
export function createOwnershipReader(store: RowStore, monotonic = () => performance.now()): OwnershipReader {
  const recent = createRecentStates(monotonic);
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
    state: (space) => recent.note(space, () => store.read((tx) => readState(tx, space))),
    recentState: recent.find,
    forgetStates: recent.forget,
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

interface RecentState {
  readonly state: OwnershipTypeRow;
  readonly at: number;
}

/** Keeps counters for {@link RECENT_MS} after the start of the read that returned them. */
function createRecentStates(monotonic: () => number) {
  const states = new LRUCache<string, RecentState>({ max: MAX_RECENT });
  let writes = 0;
  return {
    async note(space: IdNamespace, read: () => Promise<OwnershipTypeRow>): Promise<OwnershipTypeRow> {
      const at = monotonic();
      const before = writes;
      const state = await read();
      // A read that began before a write of this process may have returned the counters from before that write.
      if (writes === before) states.set(spaceKey(space), { state, at });
      return state;
    },
    find(space: IdNamespace): OwnershipTypeRow | undefined {
      const known = states.get(spaceKey(space));
      return known !== undefined && monotonic() - known.at <= RECENT_MS ? known.state : undefined;
    },
    forget(): void {
      writes += 1;
      states.clear();
    },
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
    let row = remembered.get(id);
    if (row === undefined && !remembered.has(id)) {
      row = await readOwnership(tx, space, id);
      remembered.set(id, row);
    }
    if (row !== undefined) owned.set(id, row);
  }
  return owned;
}

/** Returns the counters of a resource type. All counters are 0 if there is no row yet. */
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
