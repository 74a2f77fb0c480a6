import { deadlines, withDeadline } from '../deadlines.js';
import { UnavailableError } from '../denial/errors.js';
import type { BackgroundWrites, ExistenceProbe, RevisionPage, Store } from './store.js';
import { type ReadTransaction, UniqueError, type WriteTransaction } from './transaction.js';
import { checkedRow, checkedRows, checkedTables, checkedTexts, checkedValue } from './values.js';

/**
 * Marks a store that is already wrapped. The parts of a service share a store, so `withUnavailable` may receive a
 * wrapped store again.
 */
const WRAPPED = Symbol('withUnavailable');

/**
 * Wraps a store so that every failure of the store is reported as an `UnavailableError`. A failure is any error that
 * the store throws, an answer of the wrong shape, or no answer within `deadlines.commandMs` milliseconds.
 *
 * A transaction that did not answer in time may still be committed, as after a lost connection. A client that repeats a
 * create command must therefore send an idempotency key.
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
    read: (work) => runTransaction((within) => inTime(store.read((tx) => within(() => work(readsOf(tx)))))),
    write: (work, order) =>
      runTransaction((within) => inTime(store.write((tx) => within(() => work(writesOf(tx))), order))),
    close: () => store.close(),
    ...(keptCatalogue === undefined ? {} : { keptCatalogue }),
    ...(existenceProbe === undefined ? {} : { existenceProbe: probeOf(existenceProbe) }),
    ...(background === undefined ? {} : { background: backgroundOf(background) }),
    ...(store.changesAfter && { changesAfter: asked(store.changesAfter.bind(store), checkedPage) }),
    ...(store.rowsOfKey && { rowsOfKey: asked(store.rowsOfKey.bind(store), checkedTablesOrNone) }),
    ...(store.rowsOfFeed && { rowsOfFeed: asked(store.rowsOfFeed.bind(store), checkedTables) }),
    ...(store.version && { version: store.version.bind(store) }),
    ...(store.onPush && { onPush: store.onPush.bind(store) }),
  };
  return Object.assign(wrapped, { [WRAPPED]: true });
}

/** Waits for a call of the store for at most `deadlines.commandMs` milliseconds. */
function inTime<R>(call: Promise<R>): Promise<R> {
  return withDeadline(deadlines.commandMs, 'a call of the store', Promise.resolve(call));
}

/**
 * Runs a transaction and returns the value that its work returned, even if the store returns another value. Rethrows an
 * error of the work unchanged. Converts an error of the store to an `UnavailableError`.
 */
async function runTransaction<R>(
  transaction: (within: (work: () => Promise<R>) => Promise<R>) => Promise<R>,
): Promise<R> {
  let ofWork: { readonly error: unknown } | undefined;
  let done: { readonly value: R } | undefined;
  try {
    await transaction(async (work) => {
      try {
        done = { value: await work() };
        return done.value;
      } catch (error) {
        ofWork = { error };
        throw error;
      }
    });
  } catch (error) {
    if (ofWork !== undefined && ofWork.error === error) throw error;
    throw unavailable(error);
  }
  if (done === undefined) throw unavailable(new Error('the store did not run the transaction'));
  return done.value;
}

function checkedPage(page: RevisionPage): RevisionPage {
  if (typeof page !== 'object' || page === null) throw new Error('the store returned no page of changes');
  checkedRows('revision', [page.revision]);
  checkedRows('change', page.changes);
  return page;
}

function asked<A extends readonly unknown[], R>(
  ask: (...given: A) => Promise<R>,
  checked: (answer: R) => R = (answer) => answer,
): (...given: A) => Promise<R> {
  return async (...given) => {
    try {
      return checked(await inTime(ask(...given)));
    } catch (error) {
      throw unavailable(error);
    }
  };
}

function probeOf(existenceProbe: ExistenceProbe): ExistenceProbe {
  if (existenceProbe.kind === 'async')
    return {
      kind: 'async',
      mightExist: (...given) => statement(() => inTime(existenceProbe.mightExist(...given)), aBoolean),
    };
  return {
    kind: 'sync',
    mightExist(table, key) {
      try {
        return aBoolean(existenceProbe.mightExist(table, key));
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

const checkedTablesOrNone = <R extends object>(rows: R | undefined) =>
  rows === undefined ? undefined : checkedTables(rows);
const aBoolean = (value: boolean) => checkedValue('boolean', value);
const aCount = (value: number) => checkedValue('number', value);

function readsOf(tx: ReadTransaction): ReadTransaction {
  return {
    get: (table, key) =>
      statement(
        () => tx.get(table, key),
        (row) => checkedRow(table, row),
      ),
    find: (table, where, page) =>
      statement(
        () => tx.find(table, where, page),
        (rows) => checkedRows(table, rows),
      ),
    findIn: (table, column, values, limit) =>
      statement(
        () => tx.findIn(table, column, values, limit),
        (rows) => checkedRows(table, rows),
      ),
    findPolicies: (oids, gids) =>
      statement(
        () => tx.findPolicies(oids, gids),
        (rows) => checkedRows('policy', rows),
      ),
    findPolicyOrganizations: (oids, gids) => statement(() => tx.findPolicyOrganizations(oids, gids), checkedTexts),
  };
}

function writesOf(tx: WriteTransaction): WriteTransaction {
  return {
    ...readsOf(tx),
    lockRevision: () =>
      statement(
        () => tx.lockRevision(),
        (row) => {
          checkedRows('revision', [row]);
          return row;
        },
      ),
    count: (table, where, most) => statement(() => tx.count(table, where, most), aCount),
    insert: (table, row) => statement(() => tx.insert(table, row)),
    insertAll: (table, rows) => statement(() => tx.insertAll(table, rows)),
    update: (table, key, patch) => statement(() => tx.update(table, key, patch), aBoolean),
    remove: (table, where) => statement(() => tx.remove(table, where), aCount),
    removeIn: (table, column, values, where) => statement(() => tx.removeIn(table, column, values, where), aCount),
  };
}

/**
 * Runs a statement and checks its answer. Converts errors to `UnavailableError`, including errors that the store throws
 * synchronously. Rethrows a `UniqueError` or a `TypeError` of the statement unchanged.
 */
async function statement<R>(run: () => Promise<R>, checked: (answer: R) => R = (answer) => answer): Promise<R> {
  let answer: R;
  try {
    answer = await run();
  } catch (error) {
    throw ofStatement(error);
  }
  try {
    return checked(answer);
  } catch (error) {
    throw unavailable(error);
  }
}

function ofStatement(error: unknown): unknown {
  return error instanceof UniqueError || error instanceof TypeError ? error : unavailable(error);
}

function unavailable(error: unknown): UnavailableError {
  return error instanceof UnavailableError ? error : new UnavailableError('store', error);
}
