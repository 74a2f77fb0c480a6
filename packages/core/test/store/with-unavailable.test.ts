import { memoryStore, UnavailableError } from '@flairgate/core';
import {
  type ReadTransaction,
  type Store,
  UniqueError,
  type WriteTransaction,
  withUnavailable,
} from '@flairgate/core/store';
import { describe, expect, it } from 'vitest';

const fault = new Error('not one of ours');
const fail = () => {
  throw fault;
};
const reject = () => Promise.reject(fault);

/** A store whose transactions fail at one statement, or that fails itself. */
async function failing(part: Partial<Store>, statements: Partial<WriteTransaction> = {}): Promise<Store> {
  const store = await memoryStore();
  return withUnavailable({
    ...store,
    read: (work) => store.read((tx: ReadTransaction) => work({ ...tx, ...statements })),
    write: (work) => store.write((tx) => work({ ...tx, ...statements })),
    ...part,
  });
}

const unavailable = expect.objectContaining({ name: 'UnavailableError', dependency: 'store', cause: fault });

describe('a store that throws whatever it likes', () => {
  it.each(['read', 'write'] as const)(
    'a store is unavailable if its %s fails, before or after the work',
    async (kind) => {
      for (const broken of [
        fail,
        reject,
        async (work: (tx: never) => Promise<unknown>) => work({} as never).then(reject),
      ]) {
        const store = await failing({ [kind]: broken });
        await expect(store[kind](async () => 'done')).rejects.toEqual(unavailable);
      }
    },
  );

  it.each(['get', 'find'] as const)('a store is unavailable if `%s` fails', async (statement) => {
    const store = await failing({}, { [statement]: reject });
    const run = async (tx: ReadTransaction): Promise<unknown> =>
      statement === 'get' ? tx.get('key', { keyId: 'x' }) : tx.find('key', {});
    await expect(store.read(run)).rejects.toEqual(unavailable);
    await expect(store.write(run)).rejects.toEqual(unavailable);
  });

  it.each([
    ['lockRevision', (tx: WriteTransaction) => tx.lockRevision()],
    ['count', (tx: WriteTransaction) => tx.count('key', {})],
    ['insert', (tx: WriteTransaction) => tx.insert('setting', { name: 'a', value: 'b' })],
    ['update', (tx: WriteTransaction) => tx.update('setting', { name: 'a' }, { value: 'c' })],
    ['remove', (tx: WriteTransaction) => tx.remove('setting', { name: 'a' })],
  ] as const)('a store is unavailable if `%s` fails', async (statement, run) => {
    const store = await failing({}, { [statement]: reject });
    await expect(store.write<unknown>(run)).rejects.toEqual(unavailable);
  });

  it('a store that throws whatever it likes is unavailable where one of its shortcuts fails', async () => {
    const asked = await failing({
      existenceProbe: { kind: 'async', mightExist: reject },
      changesAfter: reject,
      rowsOfKey: reject,
    });
    const question = { tag: '', keyId: null, setting: '', groupDepth: 1 };
    for (const answer of [asked.changesAfter?.(0, 1), asked.rowsOfKey?.(question)]) {
      await expect(answer).rejects.toEqual(unavailable);
    }
    if (asked.existenceProbe?.kind !== 'async') throw new Error('it is asked');
    await expect(asked.existenceProbe.mightExist('key', { keyId: 'x' })).rejects.toEqual(unavailable);
    const { existenceProbe } = await failing({ existenceProbe: { kind: 'sync', mightExist: fail } });
    expect(() => existenceProbe?.mightExist('key', { keyId: 'x' })).toThrow(
      expect.objectContaining({ name: 'UnavailableError' }),
    );
  });
});

describe('a store that answers nonsense', () => {
  const odd = [null, 'x', 7, {}, [null], [{}], [{ oid: 'a', permissions: '*', accepted: 1 }], () => true];
  const reads: readonly (readonly [keyof WriteTransaction, (tx: WriteTransaction) => Promise<unknown>])[] = [
    ['get', (tx) => tx.get('membership', { uid: 'a', oid: 'b' })],
    ['find', (tx) => tx.find('membership', {})],
    ['findIn', (tx) => tx.findIn('membership', 'uid', ['a'])],
    ['findPolicies', (tx) => tx.findPolicies('all', ['a'])],
    ['findPolicyOrganizations', (tx) => tx.findPolicyOrganizations('all', ['a'])],
    ['lockRevision', (tx) => tx.lockRevision()],
    ['update', (tx) => tx.update('setting', { name: 'a' }, { value: 'b' })],
  ];

  it.each(reads)('a store is unavailable if `%s` answers with another shape', async (statement, run) => {
    for (const answer of odd) {
      const store = await failing({}, { [statement]: async () => answer });
      const expected = { name: 'UnavailableError', dependency: 'store' };
      await expect(store.write(run)).rejects.toMatchObject(expected);
    }
  });

  it('a store is unavailable if it counts with what is no count', async () => {
    for (const answer of [...odd.filter((value) => value !== 7), undefined, -1, 0.5, Number.NaN]) {
      const store = await failing({}, { count: async () => answer as number, remove: async () => answer as number });
      await expect(store.write((tx) => tx.count('key', {}))).rejects.toBeInstanceOf(UnavailableError);
      await expect(store.write((tx) => tx.remove('setting', { name: 'a' }))).rejects.toBeInstanceOf(UnavailableError);
    }
  });

  it('a store is unavailable if a shortcut answers with another shape, and rows by table are checked', async () => {
    const question = { tag: '', keyId: null, setting: '', groupDepth: 1 };
    for (const answer of [...odd.filter((value) => typeof value !== 'object'), null, { key: [{ keyId: 'a' }] }]) {
      const asked = await failing({
        existenceProbe: { kind: 'async', mightExist: async () => answer as never },
        changesAfter: async () => answer as never,
        rowsOfKey: async () => answer as never,
      });
      await expect(asked.changesAfter?.(0, 1)).rejects.toBeInstanceOf(UnavailableError);
      await expect(asked.rowsOfKey?.(question)).rejects.toBeInstanceOf(UnavailableError);
      const { existenceProbe } = asked;
      if (existenceProbe?.kind !== 'async') throw new Error('it is asked');
      await expect(existenceProbe.mightExist('key', { keyId: 'x' })).rejects.toBeInstanceOf(UnavailableError);
      const sync = await failing({ existenceProbe: { kind: 'sync', mightExist: () => answer as never } });
      expect(() => sync.existenceProbe?.mightExist('key', { keyId: 'x' })).toThrow(UnavailableError);
    }
  });

  it('a store may answer that the rows of a key are too many to be read together', async () => {
    const asked = await failing({ rowsOfKey: async () => undefined });
    await expect(asked.rowsOfKey?.({ tag: '', keyId: null, setting: '' })).resolves.toBeUndefined();
  });

  it('a transaction gives what its work returned, and fails where the work never ran', async () => {
    const replacing = await failing({ read: async (work) => work({} as never).then(() => 'root' as never) });
    expect(await replacing.read(async () => 'mine')).toBe('mine');
    for (const answer of odd) {
      const store = await failing({ read: async () => answer as never, write: async () => answer as never });
      await expect(store.read(async () => 'mine')).rejects.toBeInstanceOf(UnavailableError);
      await expect(store.write(async () => 'mine')).rejects.toBeInstanceOf(UnavailableError);
    }
  });
});

describe('what is not the failure of a store', () => {
  it('what is not the failure of a store comes out as it is: what the work throws, a clash, a row that no store keeps', async () => {
    const store = await failing({});
    await expect(store.read(fail)).rejects.toBe(fault);
    await expect(store.write(reject)).rejects.toBe(fault);
    const row = { name: 'a', value: 'b' };
    await expect(
      store.write(async (tx) => tx.insert('setting', row).then(() => tx.insert('setting', row))),
    ).rejects.toBeInstanceOf(UniqueError);
    await expect(store.write((tx) => tx.insert('setting', { name: 'a\0', value: 'b' }))).rejects.toBeInstanceOf(
      TypeError,
    );
    const known = new UnavailableError('store', fault);
    await expect((await failing({ read: () => Promise.reject(known) })).read(async () => 1)).rejects.toBe(known);
  });

  it('a store is wrapped once', async () => {
    const store = await failing({});
    expect(withUnavailable(store)).toBe(store);
  });
});
