import type { ReadTransaction, Store, WriteTransaction } from '@flairgate/core/store';

/** Rows that were read and written, and those of them under the lock of all security writes. */
export interface Counted {
  read: number;
  /** Statements that read, in any transaction. */
  asked: number;
  /** Of transactions that took the lock. */
  readUnderLock: number;
  written: number;
  /** Statements of transactions that took the lock. */
  statements: number;
  /** Rows that one transaction with the lock read and wrote, of the transaction with most. */
  mostLocked: number;
}

/** Gives a store that counts the rows and statements that pass it. A row that was counted only is none. */
export function countingStore(store: Store): { readonly store: Store; take(): Counted } {
  let counted = zero();
  const { rowsOfKey } = store;
  const countRead = (rows: number) => {
    counted.read += rows;
    counted.asked += 1;
  };
  const counting: Store = {
    ...store,
    read: (work) => store.read((tx) => work(reading(tx, countRead))),
    write(work, order) {
      return store.write(async (tx) => {
        const locked = { yes: false };
        const before = { ...counted };
        const value = await work(writing(tx, counted, locked));
        const rows = counted.readUnderLock - before.readUnderLock + counted.written - before.written;
        if (locked.yes) counted.mostLocked = Math.max(counted.mostLocked, rows);
        return value;
      }, order);
    },
    ...(rowsOfKey !== undefined && {
      async rowsOfKey(question) {
        const rows = await rowsOfKey(question);
        for (const list of Object.values(rows ?? {})) countRead(list.length);
        return rows;
      },
    }),
  };
  return {
    store: counting,
    take() {
      const taken = counted;
      counted = zero();
      return taken;
    },
  };
}

function zero(): Counted {
  return { read: 0, asked: 0, readUnderLock: 0, written: 0, statements: 0, mostLocked: 0 };
}

function reading(tx: ReadTransaction, count: (rows: number) => void): ReadTransaction {
  return {
    async get(table, key) {
      const row = await tx.get(table, key);
      count(row === undefined ? 0 : 1);
      return row;
    },
    async find(table, where, page) {
      const rows = await tx.find(table, where, page);
      count(rows.length);
      return rows;
    },
    async findIn(table, column, values, limit) {
      const rows = await tx.findIn(table, column, values, limit);
      count(rows.length);
      return rows;
    },
    async findPolicies(oids, gids) {
      const rows = await tx.findPolicies(oids, gids);
      count(rows.length);
      return rows;
    },
    async findPolicyOrganizations(oids, gids) {
      const found = await tx.findPolicyOrganizations(oids, gids);
      count(found.length);
      return found;
    },
  };
}

function writing(tx: WriteTransaction, counted: Counted, locked: { yes: boolean }): WriteTransaction {
  const reads = reading(tx, (rows) => {
    counted.read += rows;
    counted.asked += 1;
    if (!locked.yes) return;
    counted.readUnderLock += rows;
    counted.statements += 1;
  });
  const wrote = <R>(rows: number, value: R): R => {
    counted.written += rows;
    counted.statements += 1;
    return value;
  };
  return {
    ...reads,
    lockRevision() {
      locked.yes = true;
      return tx.lockRevision();
    },
    async count(table, where) {
      return wrote(0, await tx.count(table, where));
    },
    async insert(table, row) {
      return wrote(1, await tx.insert(table, row));
    },
    async insertAll(table, rows) {
      return wrote(rows.length, await tx.insertAll(table, rows));
    },
    async update(table, key, patch) {
      return wrote(1, await tx.update(table, key, patch));
    },
    async remove(table, where) {
      const removed = await tx.remove(table, where);
      return wrote(removed, removed);
    },
    async removeIn(table, column, values, where) {
      const removed = await tx.removeIn(table, column, values, where);
      return wrote(removed, removed);
    },
  };
}
