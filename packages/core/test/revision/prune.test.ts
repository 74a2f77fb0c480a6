import { allow, initialise, keepChangesFor, memoryRowStore, type RowStore, securityWrite } from '@flairgate/core';
import { beforeEach, describe, expect, it } from 'vitest';

const HOUR_MS = 3_600_000;

let store: RowStore;
beforeEach(async () => {
  store = memoryRowStore();
  await initialise(store, () => 'one');
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

describe('the changes that are kept', () => {
  it('are those that a token may be older than', async () => {
    await change(0, 'a');
    await change(0.5 * HOUR_MS, 'b');
    await change(1.2 * HOUR_MS, 'c');
    expect(await kept()).toEqual({ ns: [1, 2, 3], prunedTo: 0 });
    await change(1.5 * HOUR_MS, 'd');
    expect(await kept()).toEqual({ ns: [2, 3, 4], prunedTo: 1 });
  });

  it('go with all rows of their number', async () => {
    await change(0, ...Array.from({ length: 40 }, (_, at) => `k${at}`));
    await change(1, 'last');
    await change(2 * HOUR_MS, 'x');
    expect(await kept()).toEqual({ ns: [2, 3], prunedTo: 1 });
  });

  it('do not pile up: each write removes more than it makes', async () => {
    for (let at = 0; at < 100; at++) await change(at, 'old');
    for (let at = 0; at < 8; at++) await change(2 * HOUR_MS, 'new');
    expect((await kept()).prunedTo).toBe(100);
  });

  it('are kept longer where tokens live longer, and never shorter again', async () => {
    await keepChangesFor(store, 24 * 3600);
    await keepChangesFor(store, 7200);
    await change(0, 'a');
    await change(24 * HOUR_MS, 'b');
    expect((await kept()).prunedTo).toBe(0);
    await change(25 * HOUR_MS, 'c');
    expect((await kept()).prunedTo).toBe(1);
  });

  it('are removed in their order, whatever the clocks said', async () => {
    await change(5 * HOUR_MS, 'of a clock that is ahead');
    await change(0, 'of one that is not');
    await change(3 * HOUR_MS, 'x');
    expect((await kept()).prunedTo).toBe(0);
  });
});
