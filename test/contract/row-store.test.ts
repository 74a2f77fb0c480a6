import { setImmediate } from 'node:timers/promises';
import { allow, deny } from '@flairgate/core';
import { securityWrite } from '@flairgate/core/internal';
import {
  type OwnershipRow,
  type ReadTransaction,
  type RowStore,
  type Store,
  schema,
  type TableName,
  UniqueError,
  type WriteTransaction,
} from '@flairgate/core/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';
import { sampleRows } from '../../packages/stores/test/sample-rows.js';

const tables = Object.keys(sampleRows).filter((name): name is TableName => name in schema);

/** Texts that have broken the SQL, sorting or encoding of other programs. */
const hostileTexts = [
  '',
  ' ',
  "'; drop table flairgate_key; --",
  '" or "1"="1',
  '\\',
  '%_',
  '$1 ? :name @name',
  '__proto__',
  'constructor',
  'toString',
  '\u0001\u001f\u007f',
  '\u202e\u200b\ufeff',
  'é',
  'e\u0301',
  'Z',
  'a',
  'ß',
  '\uffff',
  '\u{1f600}',
  '\u{10ffff}',
  'x'.repeat(5000),
];

describe.each(await kindsToTest(['memory', 'sqlite', 'postgres']))('%s', (kind) => {
  let database: TestDatabase;
  let store: Store;
  let texts = 0;

  beforeAll(async () => {
    database = await makeDatabase(kind);
    store = await database.open();
  });
  afterAll(() => database.remove());

  /** A text no other test uses. */
  function fresh(): string {
    texts += 1;
    return `t${texts}`;
  }

  function put(name: string, value = 'v'): Promise<void> {
    return store.write((tx) => tx.insert('setting', { name, value }));
  }

  function settingOf(name: string) {
    return store.read((tx) => tx.get('setting', { name }));
  }

  describe('rows', () => {
    test.each(tables.filter((table) => table !== 'revision'))(
      'a store gives a row of %s back as it was',
      async (table) => {
        await store.write((tx) => insertSample(tx, table));
        const { found, got } = await store.read((tx) => readSample(tx, table));
        expect(got).toEqual(sampleRows[table]);
        expect(found).toContainEqual(sampleRows[table]);
      },
    );

    test('a store has one revision row from the start', async () => {
      const rows = await store.read((tx) => tx.find('revision', {}));
      expect(rows).toEqual([{ id: 1, incarnation: expect.stringMatching(/^[0-9a-f-]{36}$/), n: 0, prunedTo: 0 }]);
    });

    test('a store gives nothing for a key that no row has', async () => {
      expect(await settingOf('nobody')).toBeUndefined();
      expect(await store.read((tx) => tx.find('setting', { name: 'nobody' }))).toEqual([]);
    });

    test('a store cannot be changed through a row it gave', async () => {
      const gid = fresh();
      await store.write((tx) => tx.insert('group', { ...sampleRows.group, gid, permissions: ['dr.list'] }));
      const given = await store.read((tx) => tx.get('group', { gid }));
      Reflect.set(given?.permissions ?? [], 0, 'apikey.ctrl');
      Reflect.set(given ?? {}, 'name', 'changed');
      const again = await store.read((tx) => tx.get('group', { gid }));
      expect(again).toMatchObject({ name: sampleRows.group.name, permissions: ['dr.list'] });
    });

    test('a store keeps out what the caller changes in its own row', async () => {
      const gid = fresh();
      const permissions = ['dr.list'];
      await store.write((tx) => tx.insert('group', { ...sampleRows.group, gid, permissions }));
      permissions.push('apikey.ctrl');
      const given = await store.read((tx) => tx.get('group', { gid }));
      expect(given?.permissions).toEqual(['dr.list']);
    });

    test('a store keeps a megabyte of JSON, and member names that mean something to JavaScript', async () => {
      const id = fresh();
      const details = JSON.parse(`{"__proto__": {"a": 1}, "constructor": null, "big": "${'é'.repeat(500_000)}"}`);
      await store.write((tx) => tx.insert('audit', { ...sampleRows.audit, id, details }));
      const row = await store.read((tx) => tx.get('audit', { id }));
      expect(JSON.stringify(row?.details)).toBe(JSON.stringify(details));
    });

    test('a store keeps NUL and half surrogates inside JSON', async () => {
      const id = fresh();
      const details = { text: 'a\0b\ud800c' };
      await store.write((tx) => tx.insert('audit', { ...sampleRows.audit, id, details }));
      expect((await store.read((tx) => tx.get('audit', { id })))?.details).toEqual(details);
    });

    test('a store keeps every integer a number holds exactly', async () => {
      for (const at of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0, 2 ** 31, -(2 ** 32)]) {
        const id = fresh();
        await store.write((tx) => tx.insert('audit', { ...sampleRows.audit, id, at }));
        expect(await store.read((tx) => tx.find('audit', { id, at }))).toHaveLength(1);
      }
    });
  });

  describe('hostile values', () => {
    test.each(hostileTexts)('a store keeps and finds the hostile value %j', async (text) => {
      const oid = fresh();
      const row = { ...sampleRows.ownership, oid, type: text, id: text, createdBy: text };
      await store.write((tx) => tx.insert('ownership', row));
      expect(await store.read((tx) => tx.get('ownership', { oid, type: text, id: text }))).toEqual(row);
      expect(await store.read((tx) => tx.find('ownership', { oid, createdBy: text }))).toEqual([row]);
    });

    test.each([
      ['a NUL', { action: 'a\0b' }],
      ['half a surrogate pair', { action: 'a\ud800b' }],
      ['a fraction', { at: 1.5 }],
      ['a number past what is exact', { at: 2 ** 53 }],
      ['not a number', { at: Number.NaN }],
      ['a missing value', { action: undefined }],
    ])('a store refuses %s, and says no value', async (_what, odd: object) => {
      const row = Object.assign({ ...sampleRows.audit, id: fresh() }, odd);
      const inserting = store.write((tx) => tx.insert('audit', row));
      await expect(inserting).rejects.toThrow(TypeError);
      await expect(inserting).rejects.toThrow(/^audit\.(at|action) (cannot be stored|is undefined)$/);
    });

    test('a store finds nothing for text that no row can hold', async () => {
      for (const name of ['a\0b', '\udc00']) {
        expect(await settingOf(name)).toBeUndefined();
        expect(await store.read((tx) => tx.find('setting', { name }))).toEqual([]);
        expect(await store.write((tx) => tx.update('setting', { name }, { value: 'x' }))).toBe(false);
        expect(await store.write((tx) => tx.remove('setting', { name }))).toBe(0);
      }
    });

    test('a store refuses a condition with a missing value, which would match everything', async () => {
      const where: Record<string, never> = {};
      Object.assign(where, { oid: undefined });
      await expect(store.read((tx) => tx.find('key', where))).rejects.toThrow(TypeError);
      await expect(store.write((tx) => tx.remove('key', where))).rejects.toThrow(TypeError);
      await expect(store.write((tx) => tx.count('key', where))).rejects.toThrow(TypeError);
    });

    test('a store refuses an empty remove, part of a primary key, and a limit that is no count', async () => {
      await expect(store.write((tx) => tx.remove('key', {}))).rejects.toThrow(TypeError);
      await expect(store.read((tx) => tx.get('membership', { uid: 'u1' }))).rejects.toThrow(TypeError);
      await expect(store.write((tx) => tx.update('membership', { uid: 'u1' }, {}))).rejects.toThrow(TypeError);
      for (const limit of [-1, 1.5, Number.NaN]) {
        await expect(store.read((tx) => tx.find('key', {}, { limit }))).rejects.toThrow(TypeError);
      }
    });
  });

  describe('lists', () => {
    test('a store matches null with null alone', async () => {
      const oid = fresh();
      for (const [id, lockedBy] of [
        ['a', null],
        ['b', ''],
        ['c', 'x'],
      ] as const) {
        await store.write((tx) => tx.insert('ownership', { ...sampleRows.ownership, oid, id, lockedBy }));
      }
      const idsWhere = (lockedBy: string | null) =>
        store.read(async (tx) => (await tx.find('ownership', { oid, lockedBy })).map((row) => row.id));
      expect(await idsWhere(null)).toEqual(['a']);
      expect(await idsWhere('')).toEqual(['b']);
      expect(await idsWhere('x')).toEqual(['c']);
    });

    test('a store counts what a condition finds, what its own transaction wrote with it', async () => {
      const oid = fresh();
      await store.write(async (tx) => {
        for (const [id, lockedBy] of Object.entries({ a: null, b: null, c: '', d: 'x' })) {
          await tx.insert('ownership', { ...sampleRows.ownership, oid, id, lockedBy });
        }
        expect(await tx.count('ownership', { oid })).toBe(4);
        expect(await tx.count('ownership', { oid, lockedBy: null })).toBe(2);
        expect(await tx.count('ownership', { oid, lockedBy: 'x' })).toBe(1);
      });
      await store.write(async (tx) => {
        await tx.remove('ownership', { oid, id: 'a' });
        expect(await tx.count('ownership', { oid })).toBe(3);
        for (const none of ['nobody', 'a\0b', '\udc00']) expect(await tx.count('ownership', { oid: none })).toBe(0);
        expect(await tx.count('ownership', {})).toBeGreaterThanOrEqual(3);
      });
    });

    test('a store finds by a boolean', async () => {
      const oid = fresh();
      for (const active of [true, false]) {
        await store.write((tx) => tx.insert('user', { ...sampleRows.user, uid: fresh(), email: fresh(), oid, active }));
      }
      for (const active of [true, false]) {
        expect(await store.read((tx) => tx.find('user', { oid, active }))).toMatchObject([{ active }]);
      }
    });

    test('a store sorts text by its UTF-8 bytes and numbers by value', async () => {
      const oid = fresh();
      await store.write(async (tx) => {
        for (const id of hostileTexts) await tx.insert('ownership', { ...sampleRows.ownership, oid, id });
        for (const n of [10, 9, 100, 2]) await tx.insert('change', { n, at: 0, scope: 'key', id: 'x' });
      });
      const ids = await store.read(async (tx) => (await tx.find('ownership', { oid })).map((row) => row.id));
      expect(ids).toEqual([...hostileTexts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      const changes = await store.read((tx) => tx.find('change', { scope: 'key', id: 'x' }));
      expect(changes.map((row) => row.n)).toEqual([2, 9, 10, 100]);
    });

    test.each([false, true])('a store pages through every row once, in order (descending: %j)', async (descending) => {
      const type = fresh();
      await store.write(async (tx) => {
        for (const oid of ['o', 'p', 'q']) {
          for (const id of hostileTexts) await tx.insert('ownership', { ...sampleRows.ownership, oid, type, id });
        }
      });
      const whole = await store.read((tx) => tx.find('ownership', { type }));
      for (const limit of [1, 4, 1000]) {
        const paged = await store.read((tx) => pagesOf(tx, type, limit, descending));
        expect(paged).toEqual(descending ? whole.toReversed() : whole);
      }
    });

    test('a list goes on after the first columns of a key, past all rows that share them', async () => {
      const at = 424_242;
      await store.write(async (tx) => {
        for (const n of [901, 902, 903]) {
          for (const id of ['a', 'b']) await tx.insert('change', { n, at, scope: 'key', id });
        }
      });
      const idsAfter = (n: number, descending: boolean) =>
        store.read(async (tx) => {
          const rows = await tx.find('change', { at }, { after: { n }, limit: 10, descending });
          return rows.map((row) => `${row.n}${row.id}`);
        });
      expect(await idsAfter(901, false)).toEqual(['902a', '902b', '903a', '903b']);
      expect(await idsAfter(903, true)).toEqual(['902b', '902a', '901b', '901a']);
    });

    test('a list gives no row for a page of none', async () => {
      expect(await store.read((tx) => tx.find('change', {}, { limit: 0 }))).toEqual([]);
    });
  });

  describe('writes', () => {
    test('a write changes the columns given, and says whether there was a row', async () => {
      const uid = fresh();
      await store.write((tx) => tx.insert('user', { ...sampleRows.user, uid, email: fresh() }));
      const before = await store.read((tx) => tx.get('user', { uid }));
      expect(await store.write((tx) => tx.update('user', { uid }, { active: false, oid: 'o9' }))).toBe(true);
      expect(await store.read((tx) => tx.get('user', { uid }))).toEqual({ ...before, active: false, oid: 'o9' });
      expect(await store.write((tx) => tx.update('user', { uid }, { active: false }))).toBe(true);
      expect(await store.write((tx) => tx.update('user', { uid }, {}))).toBe(true);
      expect(await store.write((tx) => tx.update('user', { uid: 'nobody' }, { active: true }))).toBe(false);
      expect(await store.write((tx) => tx.update('user', { uid: 'nobody' }, {}))).toBe(false);
    });

    test('a write removes the rows that match, and gives their number', async () => {
      const gid = fresh();
      await store.write(async (tx) => {
        for (const uid of ['a', 'b', 'c']) await tx.insert('groupMember', { ...sampleRows.groupMember, gid, uid });
      });
      expect(await store.write((tx) => tx.remove('groupMember', { gid, uid: 'b' }))).toBe(1);
      expect(await store.write((tx) => tx.remove('groupMember', { gid, uid: 'b' }))).toBe(0);
      expect(await store.write((tx) => tx.remove('groupMember', { gid }))).toBe(2);
    });

    test('a write refuses a second row with the same primary key or unique columns, and can go on', async () => {
      const [uid, email, other] = [fresh(), fresh(), fresh()];
      const row = { ...sampleRows.user, uid, email };
      await store.write((tx) => tx.insert('user', row));
      await store.write(async (tx) => {
        await expectClash(tx.insert('user', row));
        await expectClash(tx.insert('user', { ...row, email: fresh() }));
        await expectClash(tx.insert('user', { ...row, uid: other }));
        await tx.insert('user', { ...row, uid: other, email: fresh() });
        await expectClash(tx.update('user', { uid: other }, { email }));
        await expectClash(tx.update('user', { uid: other }, { uid }));
        await tx.update('user', { uid: other }, { active: false });
      });
      expect(await store.read((tx) => tx.get('user', { uid: other }))).toMatchObject({ active: false });
      expect(await store.read((tx) => tx.get('user', { uid }))).toEqual(row);
    });

    test('a write moves a row whose primary key changes', async () => {
      const [from, to] = [fresh(), fresh()];
      await put(from, 'moved');
      expect(await store.write((tx) => tx.update('setting', { name: from }, { name: to }))).toBe(true);
      expect([await settingOf(from), await settingOf(to)]).toEqual([undefined, { name: to, value: 'moved' }]);
    });

    test('a write rolls everything back and rethrows what the work threw', async () => {
      const [kept, dropped] = [fresh(), fresh()];
      await put(kept);
      const thrown = new Error('on purpose');
      const writing = store.write(async (tx) => {
        await tx.insert('setting', { name: dropped, value: 'v' });
        await tx.update('setting', { name: kept }, { value: 'changed' });
        await tx.remove('setting', { name: kept });
        throw thrown;
      });
      await expect(writing).rejects.toBe(thrown);
      expect([await settingOf(kept), await settingOf(dropped)]).toEqual([{ name: kept, value: 'v' }, undefined]);
      await expect(
        store.read(async () => {
          throw thrown;
        }),
      ).rejects.toBe(thrown);
    });

    test('a write sees its own changes, which no other sees before the commit', async () => {
      const name = fresh();
      await store.write(async (tx) => {
        await tx.insert('setting', { name, value: 'v' });
        expect(await tx.get('setting', { name })).toEqual({ name, value: 'v' });
        expect(await settingOf(name)).toBeUndefined();
      });
      expect(await settingOf(name)).toBeDefined();
    });

    test('a store refuses a transaction that is over', async () => {
      const leaked: { read?: ReadTransaction; write?: WriteTransaction } = {};
      await store.read(async (tx) => void Object.assign(leaked, { read: tx }));
      await store.write(async (tx) => void Object.assign(leaked, { write: tx }));
      await expect(leaked.read?.find('key', {})).rejects.toThrow('the transaction is over');
      await expect(leaked.write?.insert('setting', { name: fresh(), value: 'v' })).rejects.toThrow('over');
    });
  });

  describe('isolation', () => {
    test('a store gives a reader one snapshot, whatever is committed meanwhile', async () => {
      const [old, late] = [fresh(), fresh()];
      await put(old);
      await store.read(async (tx) => {
        expect(await tx.get('setting', { name: old })).toMatchObject({ value: 'v' });
        await store.write(async (writer) => {
          await writer.update('setting', { name: old }, { value: 'changed' });
          await writer.insert('setting', { name: late, value: 'v' });
        });
        expect(await tx.get('setting', { name: old })).toMatchObject({ value: 'v' });
        expect(await tx.find('setting', { name: late })).toEqual([]);
      });
      expect(await settingOf(old)).toMatchObject({ value: 'changed' });
    });

    test('a store loses no update when two connections read and write the same row', async () => {
      const second: RowStore = kind === 'memory' ? store : await database.open();
      const name = fresh();
      await put(name, '0');
      const increment = (through: RowStore) =>
        through.write(async (tx) => {
          const row = await tx.get('setting', { name });
          await setImmediate();
          await tx.update('setting', { name }, { value: String(Number(row?.value) + 1) });
        });
      await Promise.all(Array.from({ length: 20 }, (_, at) => increment(at % 2 === 0 ? store : second)));
      expect(await settingOf(name)).toMatchObject({ value: '20' });
    });

    test('an existence probe tells that a row is not there: not yet, not any more, or not by this key', async () => {
      const { existenceProbe } = store;
      if (existenceProbe === undefined) throw new Error('it has none');
      const [committed, undone, removed] = [fresh(), fresh(), fresh()];
      const mightExist = (name: string) => existenceProbe.mightExist('setting', { name });
      expect(await mightExist(committed)).toBe(false);
      await put(committed);
      await put(removed);
      await store.write((tx) => tx.remove('setting', { name: removed }));
      await store
        .write(async (tx) => {
          await tx.insert('setting', { name: undone, value: 'v' });
          throw new Error('undone');
        })
        .catch(() => undefined);
      expect(await Promise.all([committed, undone, removed, ''].map(mightExist))).toEqual([true, false, false, false]);
      expect(await Promise.all(hostileTexts.map(mightExist))).toEqual(hostileTexts.map(() => false));
      await expect((async () => existenceProbe.mightExist('secret', { keyId: 'x' }))()).rejects.toThrow('primary key');
    });

    test('an existence probe takes no row for missing while a transaction is open, and sees what another connection has committed', async () => {
      const second: RowStore = kind === 'memory' ? store : await database.open();
      const [before, meanwhile] = [fresh(), fresh()];
      await put(before);
      await store.read(async (tx) => {
        await tx.get('setting', { name: before });
        await second.write((writer) => writer.insert('setting', { name: meanwhile, value: 'v' }));
        expect(await store.existenceProbe?.mightExist('setting', { name: meanwhile })).toBe(true);
      });
      await second.write((writer) => writer.remove('setting', { name: before }));
      expect(await store.existenceProbe?.mightExist('setting', { name: before })).toBe(false);
    });

    test('reads do not wait for a write that is under way', async () => {
      const name = fresh();
      let commit: () => void = () => undefined;
      const mayCommit = new Promise<void>((resolve) => {
        commit = resolve;
      });
      const writing = store.write(async (tx) => {
        await tx.insert('setting', { name, value: 'v' });
        await mayCommit;
      });
      expect(await settingOf(name)).toBeUndefined();
      commit();
      await writing;
      expect(await settingOf(name)).toBeDefined();
    });
  });

  describe('security writes', () => {
    test('a store numbers 50 concurrent security writes without a gap, in the order they become visible', async () => {
      const second: RowStore = kind === 'memory' ? store : await database.open();
      const before = await revisionOf(store);
      const writes = Array.from({ length: 50 }, (_, at) =>
        securityWrite(at % 2 === 0 ? store : second, at, async (tx) => {
          tx.touch('org', `org ${at}`);
          await tx.insert('setting', { name: `${kind} ${at}`, value: String(tx.revision) });
          return allow(tx.revision);
        }),
      );
      const seen: number[] = [];
      const watching = watch(store, before + 50, seen);
      const revisions = (await Promise.all(writes)).map((outcome) => (outcome.allowed ? outcome.value.revision : 0));
      await watching;
      expect(revisions.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, at) => before + at + 1));
      const changes = await store.read((tx) => tx.find('change', { scope: 'org' }));
      expect(changes.map((row) => row.n)).toEqual(revisions.toSorted((a, b) => a - b));
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    });

    test('a store tells the first changes after a number as a reader sees them', async () => {
      const before = await revisionOf(store);
      for (const at of [1, 2, 3]) {
        await securityWrite(store, at, async (tx) => {
          tx.touch('user', `'"${at}\\`);
          tx.touch('org', `é ${at}`);
          return allow(undefined);
        });
      }
      const [revision, all] = await store.read(async (tx) => [
        await tx.get('revision', { id: 1 }),
        await tx.find('change', {}, { after: { n: before }, limit: 100 }),
      ]);
      expect(all.length).toBeGreaterThanOrEqual(6);
      if (store.changesAfter === undefined) return expect(kind).not.toBe('postgres');
      expect(await store.changesAfter(before, 100)).toEqual({ revision, changes: all });
      expect(await store.changesAfter(before + 1, 3)).toEqual({ revision, changes: all.slice(2, 5) });
      const last = all.at(-1)?.n ?? 0;
      expect(await store.changesAfter(last, 100)).toEqual({ revision, changes: [] });
    });

    test('a security write that was refused leaves no trace', async () => {
      const name = fresh();
      const before = await revisionOf(store);
      const outcome = await securityWrite(store, 0, async (tx) => {
        tx.touch('all', '*');
        await tx.insert('setting', { name, value: 'v' });
        return deny('ERR_NAME_TAKEN');
      });
      expect(outcome.allowed).toBe(false);
      expect([await revisionOf(store), await settingOf(name)]).toEqual([before, undefined]);
    });

    test('a security write wakes those that listen when it is committed', async () => {
      const listening = kind === 'postgres' ? await database.open() : store;
      let wakes = 0;
      let stop: () => void = () => undefined;
      const woken = new Promise<void>((resolve) => {
        stop =
          listening.onPush?.(() => {
            wakes += 1;
            // PostgreSQL wakes once when it starts to listen.
            if (wakes === (kind === 'postgres' ? 2 : 1)) resolve();
            else void touch(store);
          }) ?? resolve;
      });
      if (kind !== 'postgres') await touch(store);
      await woken;
      stop();
      await touch(store);
      expect(wakes).toBe(kind === 'postgres' ? 2 : 1);
    });
  });

  test('a store gives the same tags when it is opened again, and one keyring to many that open it at once', async () => {
    if (kind === 'memory') return;
    const others = await Promise.all([database.open(), database.open(), database.open()]);
    for (const other of others) expect(other.material.tag('text')).toBe(store.material.tag('text'));
    const sealed = store.material.seal('text', 'context');
    for (const other of others) expect(Buffer.from(other.material.open(sealed, 'context')).toString()).toBe('text');
  });

  test('a store is unavailable once it is closed, and may be closed twice', async () => {
    const closing = await database.open();
    await closing.close();
    await closing.close();
    await expect(closing.read((tx) => tx.get('setting', { name: 'x' }))).rejects.toMatchObject({
      name: 'UnavailableError',
      dependency: 'store',
    });
    await expect(closing.write((tx) => tx.remove('setting', { name: 'x' }))).rejects.toMatchObject({
      name: 'UnavailableError',
    });
  });
});

async function insertSample<T extends TableName>(tx: WriteTransaction, table: T): Promise<void> {
  await tx.insert(table, sampleRows[table]);
}

async function readSample<T extends TableName>(tx: ReadTransaction, table: T) {
  const row = sampleRows[table];
  const key = { ...row };
  const primary: readonly string[] = schema[table].primary;
  for (const column in key) if (!primary.includes(column)) delete key[column];
  return { got: await tx.get(table, key), found: await tx.find(table, {}) };
}

async function pagesOf(tx: ReadTransaction, type: string, limit: number, descending: boolean) {
  const rows: OwnershipRow[] = [];
  for (;;) {
    const last = rows.at(-1);
    const after = last && { oid: last.oid, type: last.type, id: last.id };
    const page = await tx.find('ownership', { type }, { limit, descending, ...(after && { after }) });
    rows.push(...page);
    if (page.length < limit) return rows;
  }
}

async function expectClash(writing: Promise<unknown>): Promise<void> {
  const error = await writing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UniqueError);
  expect(error).toMatchObject({ table: 'user' });
}

async function revisionOf(store: RowStore): Promise<number> {
  return (await store.read((tx) => tx.get('revision', { id: 1 })))?.n ?? Number.NaN;
}

/** Notes the revision again and again until it is `end`; every change up to it must be visible with it. */
async function watch(store: RowStore, end: number, seen: number[]): Promise<void> {
  for (let n = 0; n < end; ) {
    const { row, newest } = await store.read(async (tx) => ({
      row: await tx.get('revision', { id: 1 }),
      newest: (await tx.find('change', { scope: 'org' }, { limit: 1, descending: true }))[0],
    }));
    n = row?.n ?? end;
    seen.push(n);
    if (newest !== undefined && newest.n > n) throw new Error('a change is visible before its number');
    await setImmediate();
  }
}

function touch(store: RowStore) {
  return securityWrite(store, 0, async (tx) => {
    tx.touch('all', '*');
    return allow(undefined);
  });
}
