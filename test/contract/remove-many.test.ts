import { describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase } from '../../packages/stores/test/databases.js';
import { sampleRows } from '../../packages/stores/test/sample-rows.js';

describe.each(await kindsToTest(['memory', 'sqlite', 'postgres']))('%s', (kind) => {
  test('a write removes the rows with one of many values in a column, among those that match', async () => {
    const database = await makeDatabase(kind);
    const store = await database.open();
    const [gid, other] = ['g1', 'g2'];
    const uids = Array.from({ length: 700 }, (_, at) => `u${at}`);
    const rowOf = (group: string) => (uid: string) => ({ ...sampleRows.groupMember, gid: group, uid });
    await store.write((tx) => tx.insertAll('groupMember', [...uids.map(rowOf(gid)), ...uids.map(rowOf(other))]));
    const asked = [...uids.slice(0, 650), ...uids.slice(0, 9), 'nobody', "' or 1=1 --", '\ud800'];
    await store.write(async (tx) => {
      expect(await tx.removeIn('groupMember', 'uid', asked, { gid })).toBe(650);
      expect(await tx.removeIn('groupMember', 'uid', asked, { gid })).toBe(0);
      expect(await tx.removeIn('groupMember', 'uid', [])).toBe(0);
      expect(await tx.find('groupMember', { gid })).toHaveLength(50);
      expect(await tx.find('groupMember', { gid: other })).toHaveLength(700);
      expect(await tx.removeIn('groupMember', 'gid', [gid, other])).toBe(750);
    });
    await database.remove();
  });
});
