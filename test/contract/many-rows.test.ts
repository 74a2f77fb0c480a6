import { randomUUID } from 'node:crypto';
import { type Store, UniqueError } from '@flairgate/core/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';
import { sampleRows } from '../../packages/stores/test/sample-rows.js';

describe.each(await kindsToTest(['memory', 'sqlite', 'postgres']))('many rows at once, on %s', (kind) => {
  let database: TestDatabase;
  let store: Store;

  beforeAll(async () => {
    database = await makeDatabase(kind);
    store = await database.open();
  });
  afterAll(() => database.remove());

  const place = sampleRows.groupMember;
  const fresh = () => randomUUID();
  const settingOf = (name: string) => store.read((tx) => tx.get('setting', { name }));

  test('a store finds the rows of many values at once, each once', async () => {
    const gids = Array.from({ length: 90 }, fresh);
    await store.write((tx) =>
      tx.insertAll(
        'groupMember',
        gids.flatMap((gid) => [
          { ...place, gid, uid: `${gid}-a` },
          { ...place, gid, uid: `${gid}-b` },
        ]),
      ),
    );
    const wanted = [...gids.slice(1), ...gids.slice(1, 5), fresh(), 'a\0b'];
    const found = await store.read((tx) => tx.findIn('groupMember', 'gid', wanted));
    expect(found.map(({ uid }) => uid).sort()).toEqual(
      gids
        .slice(1)
        .flatMap((gid) => [`${gid}-a`, `${gid}-b`])
        .sort(),
    );
    expect(await store.read((tx) => tx.findIn('groupMember', 'gid', []))).toEqual([]);
  });

  test('a store inserts all of many rows or none', async () => {
    const names = Array.from({ length: 250 }, fresh);
    const taken = names[240] ?? '';
    await store.write((tx) => tx.insert('setting', { name: taken, value: 'v' }));
    const rows = names.map((name) => ({ name, value: 'v' }));
    await expect(store.write((tx) => tx.insertAll('setting', rows))).rejects.toBeInstanceOf(UniqueError);
    expect(await settingOf(names[0] ?? '')).toBeUndefined();
    await store.write((tx) =>
      tx.insertAll(
        'setting',
        rows.filter(({ name }) => name !== taken),
      ),
    );
    expect(await settingOf(names[249] ?? '')).toMatchObject({ value: 'v' });
  });

  test('a store finds no more of many rows than it is asked for', async () => {
    const gids = Array.from({ length: 90 }, fresh);
    const rows = gids.flatMap((gid) => [0, 1, 2].map((at) => ({ ...place, gid, uid: `${gid}-${at}` })));
    await store.write((tx) => tx.insertAll('groupMember', rows));
    for (const [limit, found] of [
      [0, 0],
      [1, 1],
      [70, 70],
      [1000, 270],
    ] as const) {
      expect(await store.read((tx) => tx.findIn('groupMember', 'gid', gids, limit))).toHaveLength(found);
    }
  });

  test('a store names the organizations whose policies grant something to groups, each once', async () => {
    const [gid, second] = [fresh(), fresh()];
    const oids = Array.from({ length: 70 }, fresh);
    const grants = { [gid]: {} };
    const policies = oids.flatMap((oid) => [
      { oid, name: 'a', grants, version: 1 },
      { oid, name: 'b', grants, version: 1 },
    ]);
    const other = { oid: fresh(), name: 'a', grants: { [second]: {} }, version: 1 };
    await store.write((tx) => tx.insertAll('policy', [...policies, other]));
    const named = (among: readonly string[] | 'all', gids: readonly string[]) =>
      store.read(async (tx) => (await tx.findPolicyOrganizations(among, gids)).toSorted());
    expect(await named('all', [gid, fresh()])).toEqual(oids.toSorted());
    expect(await named([other.oid, fresh(), ...oids.slice(1)], [gid])).toEqual(oids.slice(1).toSorted());
    expect(await named([other.oid], [gid, second])).toEqual([other.oid]);
    expect(await named('all', [])).toEqual([]);
    expect(await named([], [gid])).toEqual([]);
  });
});
