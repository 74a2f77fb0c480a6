import { UnavailableError } from '../../denial/errors.js';
import type { RevisionRow, TableName, Tables } from '../rows.js';
import type { RowStore } from '../store.js';
import type { ReadTransaction, WriteTransaction } from '../transaction.js';
import { assertPrimary, assertStorable, isMatchable } from '../values.js';
import { matchesRow, namesGroup, placed, positionOf, slice } from './memory-rows.js';

/** The rows of each table, in primary-key order. Arrays and rows are immutable, so taking a snapshot copies nothing. */
type Snapshot = { readonly [T in TableName]: readonly Tables[T][] };

/** State of a transaction. Reads use `rows`, and each write replaces `rows` with a new snapshot. */
interface TransactionDraft {
  rows: Snapshot;
}

/**
 * Creates a row store in memory, whose rows are lost when the process exits. It is meant for tests, and as a reference
 * for authors of stores.
 *
 * Write transactions run one after another. A write transaction changes a draft of the rows. The draft replaces the
 * store's rows if `work` succeeds.
 */
export function memoryRowStore(): RowStore {
  let snapshot = emptySnapshot();
  let closed = false;
  let lastWrite: Promise<unknown> = Promise.resolve();
  const listeners = new Set<() => void>();

  async function write<R>(work: (tx: WriteTransaction) => Promise<R>): Promise<R> {
    assertOpen(closed);
    const before = snapshot;
    const draft: TransactionDraft = { rows: before };
    const value = await during((assertLive) => work(writeTransaction(draft, assertLive)));
    snapshot = draft.rows;
    if (snapshot.revision !== before.revision) for (const wake of listeners) wake();
    return value;
  }

  return {
    async read(work) {
      assertOpen(closed);
      const seen = { rows: snapshot };
      return during((assertLive) => work(readTransaction(seen, assertLive)));
    },
    existenceProbe: {
      kind: 'sync',
      mightExist(table, key) {
        assertOpen(closed);
        assertPrimary(table, key);
        return isMatchable(table, key) && positionOf(table, snapshot[table], key).found;
      },
    },
    write(work) {
      const result = lastWrite.then(() => write(work));
      lastWrite = result.catch(() => undefined);
      return result;
    },
    onPush(wake) {
      const listener = () => wake();
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async close() {
      closed = true;
      await lastWrite;
    },
  };
}

function emptySnapshot(): Snapshot {
  return {
    revision: [],
    change: [],
    setting: [],
    material: [],
    catalogue: [],
    organization: [],
    user: [],
    membership: [],
    identity: [],
    key: [],
    secret: [],
    group: [],
    groupMember: [],
    groupOwner: [],
    groupOrganization: [],
    groupChild: [],
    made: [],
    policy: [],
    consent: [],
    offer: [],
    decline: [],
    federation: [],
    usedToken: [],
    linkedSubject: [],
    session: [],
    tokenRevocation: [],
    signingKey: [],
    ownership: [],
    ownershipType: [],
    intent: [],
    audit: [],
    usage: [],
    replay: [],
  };
}

function assertOpen(closed: boolean): void {
  if (closed) throw new UnavailableError('store', new Error('the store is closed'));
}

/** Runs `work`. After `work` has completed, every call of the transaction throws. */
async function during<R>(work: (assertLive: () => void) => Promise<R>): Promise<R> {
  let over = false;
  try {
    return await work(() => {
      if (over) throw new Error('the transaction is over');
    });
  } finally {
    over = true;
  }
}

function readTransaction(seen: Readonly<TransactionDraft>, assertLive: () => void): ReadTransaction {
  return {
    async get(table, key) {
      assertLive();
      assertPrimary(table, key);
      if (!isMatchable(table, key)) return undefined;
      const rows = seen.rows[table];
      const at = positionOf(table, rows, key);
      return at.found ? rows[at.index] : undefined;
    },
    async find(table, where, page) {
      assertLive();
      if (!isMatchable(table, where)) return [];
      const rows = seen.rows[table].filter((row) => matchesRow(row, where));
      return page === undefined ? rows : slice(table, rows, page);
    },
    async findIn(table, column, values, limit) {
      assertLive();
      const wanted = new Set<unknown>(values);
      return seen.rows[table].filter((row) => wanted.has(row[column])).slice(0, limit);
    },
    async findPolicies(oids, gids) {
      assertLive();
      const wanted = oids === 'all' ? undefined : new Set(oids);
      return seen.rows.policy.filter((policy) => wanted?.has(policy.oid) !== false && namesGroup(policy, gids));
    },
    async findPolicyOrganizations(oids, gids) {
      assertLive();
      const wanted = oids === 'all' ? undefined : new Set(oids);
      const named = seen.rows.policy.filter(
        ({ oid, grants }) => wanted?.has(oid) !== false && namesGroup({ grants }, gids),
      );
      return [...new Set(named.map(({ oid }) => oid))];
    },
  };
}

function writeTransaction(draft: TransactionDraft, assertLive: () => void): WriteTransaction {
  const reads = readTransaction(draft, assertLive);
  const put = <T extends TableName>(table: T, rows: readonly Tables[T][]): void => {
    draft.rows = { ...draft.rows, [table]: rows };
  };
  return {
    ...reads,
    async lockRevision(): Promise<RevisionRow> {
      const row = await reads.get('revision', { id: 1 });
      if (row === undefined) throw new Error('the store has no revision row: it was not initialized');
      return row;
    },
    async count(table, where) {
      return (await reads.find(table, where)).length;
    },
    async insert(table, row) {
      assertLive();
      assertStorable(table, row);
      put(table, placed(table, draft.rows[table], row));
    },
    async insertAll(table, rows) {
      assertLive();
      for (const row of rows) {
        assertStorable(table, row);
        put(table, placed(table, draft.rows[table], row));
      }
    },
    async update(table, key, patch) {
      assertStorable(table, patch);
      const row = await reads.get(table, key);
      if (row === undefined) return false;
      const others = draft.rows[table].filter((other) => other !== row);
      put(table, placed(table, others, { ...row, ...patch }));
      return true;
    },
    async remove(table, where) {
      assertLive();
      if (Object.keys(where).length === 0) throw new TypeError(`remove from ${table} needs a condition`);
      if (!isMatchable(table, where)) return 0;
      const rows = draft.rows[table];
      const kept = rows.filter((row) => !matchesRow(row, where));
      put(table, kept);
      return rows.length - kept.length;
    },
    async removeIn(table, column, values, where = {}) {
      assertLive();
      if (!isMatchable(table, where)) return 0;
      const removed = new Set<unknown>(values);
      const rows = draft.rows[table];
      const kept = rows.filter((row) => !removed.has(row[column]) || !matchesRow(row, where));
      put(table, kept);
      return rows.length - kept.length;
    },
  };
}
