import { setTimeout } from 'node:timers/promises';
import type { Store, WriteOrder } from '@flairgate/core/store';
import { afterEach, describe, expect, test } from 'vitest';
import { kindsToTest, makeDatabase, type TestDatabase } from '../../packages/stores/test/databases.js';

/** Shorter than the pause after which PostgreSQL gives a write up. */
const HELD_MS = 200;
const OTHERS = 12;

let database: TestDatabase;
afterEach(() => database?.remove());

/** Runs as many writes as find a place and lets them wait, then others and the last one; returns the order in which they ran. */
async function orderOf(store: Store, held: number, others: WriteOrder, last: WriteOrder): Promise<readonly string[]> {
  const order: string[] = [];
  const opened = setTimeout(HELD_MS);
  const holding = Array.from({ length: held }, () => store.write(() => opened, { ...others, locksRevision: true }));
  const note = (name: string) => async () => void order.push(name);
  const waiting = Array.from({ length: OTHERS }, () => store.write(note('other'), { ...others, locksRevision: true }));
  await Promise.all([...holding, ...waiting, store.write(note('last'), { ...last, locksRevision: true })]);
  return order;
}

describe.each(await kindsToTest(['sqlite', 'postgres']))('while many security writes wait on %s', (kind) => {
  const held = kind === 'postgres' ? 2 : 1;

  test('a write that only revokes waits for those that run and no others', async () => {
    database = await makeDatabase(kind);
    const order = await orderOf(await database.open(), held, {}, { isUrgent: true });
    expect(order.indexOf('last')).toBe(0);
    expect(order).toHaveLength(OTHERS + 1);
  });

  test('many writes that only revoke leave others their turn', async () => {
    database = await makeDatabase(kind);
    const order = await orderOf(await database.open(), 1, { isUrgent: true }, {});
    expect(order.indexOf('last')).toBeLessThanOrEqual(1);
  });

  test.skipIf(kind === 'sqlite')(
    'the write of another caller comes after one of the first caller, not after all',
    async () => {
      database = await makeDatabase(kind);
      const order = await orderOf(await database.open(), held, { caller: 'many' }, { caller: 'one' });
      expect(order.indexOf('last')).toBeLessThanOrEqual(2);
    },
  );
});
