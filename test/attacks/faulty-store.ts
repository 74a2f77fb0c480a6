import type { ReadTransaction, Store, WriteTransaction } from '@flairgate/core/store';

/** Behavior of a call of the store in place of its work. `nonsense` is a name of {@link NONSENSE}. */
export type Fault = 'throws' | 'rejects' | 'hangs' | keyof typeof NONSENSE;

/** Answers that no store gives, whatever was asked. */
export const NONSENSE = {
  'returns null': null,
  'returns a text': 'x',
  'returns a list of null': [null],
  'returns an empty object': {},
  'returns a list of objects of the wrong shape': [{ flairs: 'root', permissions: '*', active: 1 }],
  'returns a function': () => true,
} as const;

/** Faults of every kind. */
export const FAULTS: readonly Fault[] = [
  'throws',
  'rejects',
  'hangs',
  ...(Object.keys(NONSENSE) as (keyof typeof NONSENSE)[]),
];

/** A store of which one call can be made to fail. */
export interface FaultyStore {
  readonly store: Store;
  /** Makes the nth call from now fail, once. */
  failAt(n: number, fault: Fault): Armed;
  /** Lets every call that hangs fail, as a connection that is closed at last, and makes no call fail any more. */
  release(): void;
}

/** A call that will fail. */
export interface Armed {
  /** True once the call came. */
  came(): boolean;
  /** True once it failed. A call that returns no promise cannot hang. */
  failed(): boolean;
}

/** Wraps a store. Every transaction, every statement and every shortcut is one call. */
export function faultyStore(inner: Store): FaultyStore {
  let left = Number.POSITIVE_INFINITY;
  let fault: Fault = 'rejects';
  let hasFailed = false;
  const hanging = new Set<() => void>();

  function fail<R>(): Promise<R> {
    hasFailed = true;
    if (fault === 'throws') throw Object.assign(new Error('password=MARKED'), { code: 'SQLITE_FULL' });
    if (fault === 'rejects') return Promise.reject(new Error('password=MARKED'));
    if (fault === 'hangs') return new Promise((_, reject) => hanging.add(() => reject(new Error('closed'))));
    return Promise.resolve(NONSENSE[fault] as R);
  }
  function call<R>(run: () => Promise<R>): Promise<R> {
    left -= 1;
    return left === 0 ? fail() : run();
  }
  function now<R>(run: () => R): R {
    left -= 1;
    if (left !== 0 || fault === 'hangs') return run();
    hasFailed = true;
    if (fault === 'throws' || fault === 'rejects') throw new Error('password=MARKED');
    return NONSENSE[fault] as R;
  }

  const reads = (tx: ReadTransaction): ReadTransaction => ({
    get: (table, key) => call(() => tx.get(table, key)),
    find: (table, where, page) => call(() => tx.find(table, where, page)),
    findIn: (table, column, values, limit) => call(() => tx.findIn(table, column, values, limit)),
    findPolicies: (oids, gids) => call(() => tx.findPolicies(oids, gids)),
    findPolicyOrganizations: (oids, gids) => call(() => tx.findPolicyOrganizations(oids, gids)),
  });
  const writes = (tx: WriteTransaction): WriteTransaction => ({
    ...reads(tx),
    lockRevision: () => call(() => tx.lockRevision()),
    count: (table, where) => call(() => tx.count(table, where)),
    insert: (table, row) => call(() => tx.insert(table, row)),
    insertAll: (table, rows) => call(() => tx.insertAll(table, rows)),
    update: (table, key, patch) => call(() => tx.update(table, key, patch)),
    remove: (table, where) => call(() => tx.remove(table, where)),
    removeIn: (table, column, values, where) => call(() => tx.removeIn(table, column, values, where)),
  });
  const { changesAfter, rowsOfKey, rowsOfFeed, existenceProbe } = inner;
  const store: Store = {
    ...inner,
    read: (work) => call(() => inner.read((tx) => work(reads(tx)))),
    write: (work, order) => call(() => inner.write((tx) => work(writes(tx)), order)),
    ...(changesAfter && { changesAfter: (n, limit) => call(() => changesAfter.call(inner, n, limit)) }),
    ...(rowsOfKey && { rowsOfKey: (question) => call(() => rowsOfKey.call(inner, question)) }),
    ...(rowsOfFeed && { rowsOfFeed: (question) => call(() => rowsOfFeed.call(inner, question)) }),
    ...(existenceProbe?.kind === 'sync' && {
      existenceProbe: { kind: 'sync', mightExist: (table, key) => now(() => existenceProbe.mightExist(table, key)) },
    }),
    ...(existenceProbe?.kind === 'async' && {
      existenceProbe: { kind: 'async', mightExist: (table, key) => call(() => existenceProbe.mightExist(table, key)) },
    }),
  };
  return {
    store,
    failAt(n, what) {
      left = n;
      fault = what;
      hasFailed = false;
      return { came: () => left <= 0, failed: () => hasFailed };
    },
    release() {
      left = Number.POSITIVE_INFINITY;
      for (const end of hanging) end();
      hanging.clear();
    },
  };
}
