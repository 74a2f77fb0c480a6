import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SecretRow, Store } from '@flairgate/core/store';
import { type SqliteHandle, sqliteStore } from '@flairgate/stores/sqlite';
import Libsql from 'libsql';
import { afterEach, describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase, masterKey } from '../../packages/stores/test/databases.js';
import { sampleRows } from '../../packages/stores/test/sample-rows.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const LATER = 2_000_000_000_000;
const QUOTED = `it's "quoted"`;

async function addSecrets(store: Store, secrets: readonly Partial<SecretRow>[]): Promise<void> {
  const rows = secrets.map((secret) => ({ ...sampleRows.secret, ...secret }));
  await store.write((tx) => tx.insertAll('secret', rows));
}

async function lastUses(store: Store): Promise<Record<string, number | null>> {
  const secrets = await store.read((tx) => tx.find('secret', {}));
  return Object.fromEntries(secrets.map(({ tag, lastUsedAt }) => [tag, lastUsedAt]));
}

describe.each(await kindsToTest(['sqlite', 'postgres']))('background writes on %s', (kind) => {
  async function open(): Promise<Store> {
    const database = await makeDatabase(kind);
    closing.push(() => database.remove());
    return database.open();
  }

  test('background writes move last uses forward only, and create no secret', async () => {
    const store = await open();
    await addSecrets(store, [
      { tag: 'never', lastUsedAt: null },
      { tag: 'earlier', lastUsedAt: LATER - 5 },
      { tag: 'later', lastUsedAt: LATER + 5 },
      { tag: QUOTED, lastUsedAt: null },
    ]);
    const tags = ['never', 'earlier', 'later', QUOTED, 'missing'];
    expect(await store.background?.noteUses(tags.map((tag) => ({ tag, at: LATER })))).toEqual([]);
    expect(await lastUses(store)).toEqual({
      never: LATER,
      earlier: LATER,
      later: LATER + 5,
      [QUOTED]: LATER,
    });
  });

  test('background writes replace a hash only while it is the one that was verified', async () => {
    const store = await open();
    await addSecrets(store, [{ tag: 'one', hash: 'old' }]);
    expect(await store.background?.replaceHash('one', 'other', 'new')).toBe(false);
    expect(await store.background?.replaceHash('missing', 'old', 'new')).toBe(false);
    expect(await store.background?.replaceHash('one', 'old', 'new')).toBe(true);
    expect((await store.read((tx) => tx.find('secret', {}))).map(({ hash }) => hash)).toEqual(['new']);
  });

  test('background writes are refused by a store that is closed', async () => {
    const store = await open();
    await store.close();
    await expect(store.background?.noteUses([{ tag: 'one', at: LATER }])).rejects.toMatchObject({
      name: 'UnavailableError',
    });
  });
});

/** Counts the statements that run on this handle and change rows, one count for each transaction. */
function counted(handle: SqliteHandle): { readonly handle: SqliteHandle; readonly counts: number[] } {
  const counts: number[] = [];
  const prepare: SqliteHandle['prepare'] = (text) => {
    const statement = handle.prepare(text);
    return {
      reader: statement.reader,
      all: (parameters) => statement.all(parameters),
      run(parameters) {
        counts.push((counts.pop() ?? 0) + 1);
        return statement.run(parameters);
      },
    };
  };
  const exec: SqliteHandle['exec'] = (text) => {
    if (/^begin immediate/.test(text)) counts.push(0);
    return handle.exec(text);
  };
  return { handle: { prepare, exec, close: () => handle.close() }, counts };
}

test('200 last uses on SQLite are one statement', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
  closing.push(() => rm(folder, { recursive: true }));
  const { handle, counts } = counted(new Libsql(join(folder, 'test.db')));
  const store = await sqliteStore({ database: handle, masterKey });
  closing.push(() => store.close());
  const tags = Array.from({ length: 200 }, (_, at) => `tag-${at}`);
  await addSecrets(
    store,
    tags.map((tag) => ({ tag, lastUsedAt: null })),
  );
  counts.length = 0;
  await store.background?.noteUses(tags.map((tag) => ({ tag, at: LATER })));
  expect(counts).toEqual([1]);
  expect(Object.values(await lastUses(store))).toEqual(Array(200).fill(LATER));
});
