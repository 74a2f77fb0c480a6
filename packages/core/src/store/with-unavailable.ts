import { UnavailableError } from '../denial/errors.js';
import type { BackgroundWrites, ExistenceProbe, Store } from './store.js';
import { type ReadTransaction, UniqueError, type WriteTransaction } from './transaction.js';

/** Marks a store that is already wrapped. The parts of a service share a store, so it may be passed in again. */
const WRAPPED = Symbol('withUnavailable');

/**
 * Wraps a store so that every failure of the store is reported as an `UnavailableError`, whatever error it throws.
 *
 * Errors thrown by `work`, a `UniqueError`, and the `TypeError` for a row that cannot be stored are rethrown unchanged.
 *
 * @example
 * const store = withUnavailable(await openStore(rows, masterKey));
 */
export function withUnavailable(store: Store): Store {
  if (WRAPPED in store) return store;
  const { background, existenceProbe, material, keptCatalogue } = store;
  const wrapped: Store = {
    material,
    read: (work) => runTransaction((within) => store.read((tx) => within(() => work(readsOf(tx))))),
    write: (work, order) => runTransaction((within) => store.write((tx) => within(() => work(writesOf(tx))), order)),
    close: () => store.close(),
    ...(keptCatalogue === undefined ? {} : { keptCatalogue }),
    ...(existenceProbe === undefined ? {} : { existenceProbe: probeOf(existenceProbe) }),
    ...(background === undefined ? {} : { background: backgroundOf(background) }),
    ...(store.changesAfter && { changesAfter: asked(store.changesAfter.bind(store)) }),
    ...(store.rowsOfKey && { rowsOfKey: asked(store.rowsOfKey.bind(store)) }),
    ...(store.rowsOfFeed && { rowsOfFeed: asked(store.rowsOfFeed.bind(store)) }),
    ...(store.version && { version: store.version.bind(store) }),
    ...(store.onPush && { onPush: store.onPush.bind(store) }),
  };
  return Object.assign(wrapped, { [WRAPPED]: true });
}

/** Runs a transaction. Rethrows errors thrown by its work unchanged, and wraps errors of the store. */
async function runTransaction<R>(
  transaction: (within: (work: () => Promise<R>) => Promise<R>) => Promise<R>,
): Promise<R> {
  let ofWork: { readonly error: unknown } | undefined;
  try {
    return await transaction(async (work) => {
      try {
        return await work();
      } catch (error) {
        ofWork = { error };
        throw error;
      }
    });
  } catch (error) {
    if (ofWork !== undefined && ofWork.error === error) throw error;
    throw unavailable(error);
  }
}

function asked<A extends readonly unknown[], R>(ask: (...given: A) => Promise<R>): (...given: A) => Promise<R> {
  return async (...given) => {
    try {
      return await ask(...given);
    } catch (error) {
      throw unavailable(error);
    }
  };
}

function probeOf(existenceProbe: ExistenceProbe): ExistenceProbe {
  if (existenceProbe.kind === 'async')
    return { kind: 'async', mightExist: async (...given) => statement(existenceProbe.mightExist(...given)) };
  return {
    kind: 'sync',
    mightExist(table, key) {
      try {
        return existenceProbe.mightExist(table, key);
      } catch (error) {
        throw ofStatement(error);
      }
    },
  };
}

function backgroundOf(background: BackgroundWrites): BackgroundWrites {
  return {
    noteUses: asked(background.noteUses.bind(background)),
    replaceHash: asked(background.replaceHash.bind(background)),
  };
}

function readsOf(tx: ReadTransaction): ReadTransaction {
  return {
    get: (table, key) => statement(tx.get(table, key)),
    find: (table, where, page) => statement(tx.find(table, where, page)),
    findIn: (table, column, values, limit) => statement(tx.findIn(table, column, values, limit)),
    findPolicies: (oids, gids) => statement(tx.findPolicies(oids, gids)),
    findPolicyOrganizations: (oids, gids) => statement(tx.findPolicyOrganizations(oids, gids)),
  };
}

function writesOf(tx: WriteTransaction): WriteTransaction {
  return {
    ...readsOf(tx),
    lockRevision: () => statement(tx.lockRevision()),
    count: (table, where) => statement(tx.count(table, where)),
    insert: (table, row) => statement(tx.insert(table, row)),
    insertAll: (table, rows) => statement(tx.insertAll(table, rows)),
    update: (table, key, patch) => statement(tx.update(table, key, patch)),
    remove: (table, where) => statement(tx.remove(table, where)),
    removeIn: (table, column, values, where) => statement(tx.removeIn(table, column, values, where)),
  };
}

async function statement<R>(answer: Promise<R>): Promise<R> {
  try {
    return await answer;
  } catch (error) {
    throw ofStatement(error);
  }
}

function ofStatement(error: unknown): unknown {
  return error instanceof UniqueError || error instanceof TypeError ? error : unavailable(error);
}

function unavailable(error: unknown): UnavailableError {
  return error instanceof UnavailableError ? error : new UnavailableError('store', error);
}
