import type { OwnershipRow, Store } from '@flairgate/core/store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';
import { sampleRows } from '../../packages/stores/test/sample-rows.js';

describe.each(await kindsToTest(['memory', 'sqlite', 'postgres']))('pages and counts on %s', (kind) => {
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

  test.each([false, true])(
    'a list goes on within a condition that fixes columns of the key (descending: %j)',
    async (descending) => {
      const [oid, other, type] = [fresh(), fresh(), fresh()];
      await store.write(async (tx) => {
        for (const id of ['a', 'b', 'c', 'd']) {
          const createdBy = id === 'b' ? null : 'i';
          await tx.insert('ownership', { ...sampleRows.ownership, oid, type, id, organization: oid, createdBy });
          await tx.insert('ownership', {
            ...sampleRows.ownership,
            oid: other,
            type,
            id,
            organization: oid,
            createdBy,
          });
        }
      });
      const idsOf = (where: Partial<OwnershipRow>, after: Partial<OwnershipRow>) =>
        store.read(async (tx) => {
          const rows = await tx.find('ownership', { type, ...where }, { after, limit: 10, descending });
          return rows.map((row) => row.id).join('');
        });
      const own = { oid, organization: oid };
      const either = (up: string, down: string) => (descending ? down : up);
      const isBefore = other > oid !== descending;
      expect(await idsOf(own, { oid, type, id: 'b' })).toBe(either('cd', 'a'));
      expect(await idsOf({ ...own, createdBy: 'i' }, { oid, type, id: 'b' })).toBe(either('cd', 'a'));
      expect(await idsOf({ ...own, createdBy: null }, { oid, type, id: 'c' })).toBe(either('', 'b'));
      expect(await idsOf({ id: 'a' }, { oid, type, id: 'a' })).toBe(isBefore ? 'a' : '');
      // Every row of the condition has these first columns, so none comes after them.
      expect(await idsOf(own, { oid, type })).toBe('');
      // The condition fixes another value than the place: all of its rows come after it, or none.
      expect(await idsOf(own, { oid: other, type, id: 'a' })).toBe(isBefore ? '' : either('abcd', 'dcba'));
    },
  );

  test('a list in any order gives rows of the condition, up to the limit', async () => {
    const oid = fresh();
    await store.write(async (tx) => {
      for (const id of ['a', 'b', 'c']) await tx.insert('ownership', { ...sampleRows.ownership, oid, id });
    });
    const idsOf = (limit: number) =>
      store.read(async (tx) => {
        const rows = await tx.find('ownership', { oid }, { limit, anyOrder: true });
        return rows.map((row) => row.id).toSorted();
      });
    expect(await idsOf(10)).toEqual(['a', 'b', 'c']);
    expect(await idsOf(2)).toHaveLength(2);
  });

  test('a store counts at least to the number that was asked, or all', async () => {
    const oid = fresh();
    await store.write(async (tx) => {
      for (const id of ['a', 'b', 'c']) await tx.insert('ownership', { ...sampleRows.ownership, oid, id });
      expect(await tx.count('ownership', { oid }, 10)).toBe(3);
      expect(await tx.count('ownership', { oid }, 3)).toBe(3);
      expect(await tx.count('ownership', { oid }, 2)).toBeGreaterThanOrEqual(2);
      expect(await tx.count('ownership', { oid: fresh() }, 2)).toBe(0);
    });
  });
});
