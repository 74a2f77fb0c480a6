import { allow, keepChangesFor } from '@flairgate/core';
import { initialize, memoryRowStore, securityWrite } from '@flairgate/core/internal';
import type { RowStore } from '@flairgate/core/store';
import { beforeEach, describe, expect, it } from 'vitest';

const HOUR_MS = 3_600_000;

let store: RowStore;
beforeEach(async () => {
  store = memoryRowStore();
  await initialize(store, () => 'one');
});

async function change(now: number, ...ids: readonly string[]): Promise<void> {
  await securityWrite(store, now, async (tx) => {
    for (const id of ids) tx.touch('key', id);
    return allow(undefined);
  });
}

async function kept() {
  return store.read(async (tx) => {
    const changes = await tx.find('change', {});
    return { ns: [...new Set(changes.map(({ n }) => n))], prunedTo: (await tx.get('revision', { id: 1 }))?.prunedTo };
  });
}

/** Enough changes, one each, for the time to be agreed on. */
async function changes(now: number, count = 16): Promise<void> {
  for (let at = 0; at < count; at++) await change(now, 'later');
}

describe('the changes that are kept', () => {
  it('the changes that are kept are those that a token may be older than', async () => {
    await change(0, 'a');
    await change(0.5 * HOUR_MS, 'b');
    await changes(1.2 * HOUR_MS);
    expect((await kept()).prunedTo).toBe(0);
    await changes(1.5 * HOUR_MS);
    expect((await kept()).prunedTo).toBe(0);
    await change(1.5 * HOUR_MS, 'c');
    expect((await kept()).ns[0]).toBe(2);
    expect((await kept()).prunedTo).toBe(1);
  });

  it('the changes that are kept go with all rows of their number', async () => {
    await change(0, ...Array.from({ length: 40 }, (_, at) => `k${at}`));
    await change(1, 'last');
    await changes(1 * HOUR_MS, 40);
    await changes(1.5 * HOUR_MS, 18);
    const { ns, prunedTo } = await kept();
    expect([ns[0], prunedTo]).toEqual([3, 2]);
  });

  it('the changes that are kept do not pile up: each write removes more than it makes', async () => {
    for (let at = 0; at < 100; at++) await change(at, 'old');
    for (let at = 0; at < 24; at++) await change(2 * HOUR_MS, 'new');
    expect((await kept()).prunedTo).toBe(100);
  });

  it('the changes that are kept are kept longer where tokens live longer, and never shorter again', async () => {
    await keepChangesFor(store, 24 * 3600);
    await keepChangesFor(store, 7200);
    await change(0, 'a');
    await changes(24 * HOUR_MS);
    expect((await kept()).prunedTo).toBe(0);
    await changes(25 * HOUR_MS, 17);
    expect((await kept()).prunedTo).toBe(1);
  });

  it('the changes that are kept are removed in their order, also where a clock is behind', async () => {
    await change(2 * HOUR_MS, 'a');
    await change(0, 'of a clock that is behind');
    await changes(3 * HOUR_MS, 40);
    expect((await kept()).prunedTo).toBe(0);
    await changes(3.5 * HOUR_MS, 17);
    expect((await kept()).prunedTo).toBe(2);
  });
});

describe('one clock that is wrong', () => {
  const DAYS_MS = 30 * 24 * HOUR_MS;

  it.each([1, 40, 200])(
    'one clock that is wrong does not stop the pruning after %i changes dated 30 days ahead',
    async (count) => {
      await changes(0, 5);
      for (let at = 0; at < count; at++) await change(DAYS_MS + at, 'ahead');
      for (let at = 0; at < 1000; at++) await change(at * 36_000, 'right');
      // Those of the last hour and a quarter, and the few that agree on the time.
      expect((await kept()).ns.length).toBeLessThan(125 + 16 + 2);
    },
  );

  it('one clock that is wrong does not stop the pruning by a change of many scopes', async () => {
    await change(DAYS_MS, ...Array.from({ length: 100 }, (_, at) => `k${at}`));
    for (let at = 0; at < 400; at++) await change(at * 36_000, 'right');
    expect((await kept()).ns.length).toBeLessThan(125 + 16 + 2);
  });

  it.each([1, 3])(
    'one clock that is wrong keeps what tokens need after %i changes dated two hours ahead',
    async (count) => {
      for (let at = 0; at < 12; at++) await change(at * 60_000, 'right');
      for (let at = 0; at < count; at++) await change(2 * HOUR_MS, 'ahead');
      for (let at = 12; at < 40; at++) await change(at * 60_000, 'right');
      expect((await kept()).prunedTo).toBe(0);
    },
  );

  it('one clock that is wrong keeps what tokens need where that change has many scopes', async () => {
    for (let at = 0; at < 12; at++) await change(at * 60_000, 'right');
    await change(2 * HOUR_MS, ...Array.from({ length: 100 }, (_, at) => `k${at}`));
    await change(2 * HOUR_MS, 'ahead');
    expect((await kept()).prunedTo).toBe(0);
  });
});
