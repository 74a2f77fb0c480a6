import type { Denial, Outcome } from '../denial/denial.js';
import type { ChangeRow, ScopeKind } from '../store/rows.js';
import type { RowStore, WriteOrder } from '../store/store.js';
import type { WriteTransaction } from '../store/transaction.js';
import { pruneChanges } from './prune.js';

/** A transaction that also records which objects (scopes) it changed. */
export interface SecurityTransaction extends WriteTransaction {
  /** Revision number that this change is assigned. */
  readonly revision: number;
  /** Adds an object to the change. Principals and tokens that depend on this object must be read again. */
  touch(scope: ScopeKind, id: string): void;
}

/**
 * Result of a security write, and the revision number that the write was assigned. If the write touched no scope,
 * `revision` is the current revision number.
 */
export interface Committed<R> {
  readonly value: R;
  readonly revision: number;
}

/**
 * Runs one security write. Takes the revision lock first, then calls `work`, then numbers and records the change.
 *
 * `work` must decide based on rows that it reads in this transaction, never on cached data. A denial from `work` rolls
 * the transaction back.
 *
 * @see docs/revocation.md
 */
export async function securityWrite<R>(
  store: RowStore,
  now: number,
  work: (tx: SecurityTransaction) => Promise<Outcome<R>>,
  order: WriteOrder = {},
): Promise<Outcome<Committed<R>>> {
  try {
    return await store.write((tx) => commit(tx, now, work), { ...order, locksRevision: true });
  } catch (error) {
    if (error instanceof RolledBack) return error.denial;
    throw error;
  }
}

async function commit<R>(
  tx: WriteTransaction,
  now: number,
  work: (tx: SecurityTransaction) => Promise<Outcome<R>>,
): Promise<Outcome<Committed<R>>> {
  const row = await tx.lockRevision();
  const n = row.n + 1;
  const changes = new Map<string, ChangeRow>();
  const outcome = await work({
    revision: n,
    touch: (scope, id) => void changes.set(`${scope}:${id}`, { n, at: now, scope, id }),
    get: (table, key) => tx.get(table, key),
    find: (table, where, page) => tx.find(table, where, page),
    findIn: (table, column, values, limit) => tx.findIn(table, column, values, limit),
    findPolicies: (oids, gids) => tx.findPolicies(oids, gids),
    findPolicyOrganizations: (oids, gids) => tx.findPolicyOrganizations(oids, gids),
    lockRevision: async () => row,
    count: (table, where, most) => tx.count(table, where, most),
    insert: (table, inserted) => tx.insert(table, inserted),
    insertAll: (table, inserted) => tx.insertAll(table, inserted),
    update: (table, key, patch) => tx.update(table, key, patch),
    remove: (table, where) => tx.remove(table, where),
    removeIn: (table, column, values, where) => tx.removeIn(table, column, values, where),
  });
  if (!outcome.allowed) throw new RolledBack(outcome);
  if (changes.size === 0) return { allowed: true, value: { value: outcome.value, revision: row.n } };
  const prunedTo = await pruneChanges(tx, now, row.prunedTo);
  await tx.update('revision', { id: 1 }, { n, prunedTo });
  await tx.insertAll('change', [...changes.values()]);
  return { allowed: true, value: { value: outcome.value, revision: n } };
}

/** Carries a denial out of a store's transaction. Throwing it makes the store roll the transaction back. */
class RolledBack extends Error {
  readonly denial: Denial;

  constructor(denial: Denial) {
    super(denial.code);
    this.denial = denial;
  }
}
