import { memoryStore } from '@flairgate/core';
import { createOwnershipReader, spaceOf } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { beforeEach, describe, expect, it } from 'vitest';

const space = spaceOf('rule', 'routed', 'o1');
const row = { oid: 'o1', type: 'rule', revision: 1, secrets: 0, intents: 0, secretEnded: 0, adoptedBy: null };

describe('the recent counters of an ownership reader', () => {
  let store: Store;
  let now: number;

  beforeEach(async () => {
    store = await memoryStore();
    now = 1000;
  });

  it('recent counters are those of the last read, for 10 ms from its start', async () => {
    const reader = createOwnershipReader(store, () => now);
    expect(reader.recentState(space)).toBeUndefined();
    await store.write((tx) => tx.insert('ownershipType', row));
    const read = reader.state(space);
    now += 4;
    await read;
    expect(reader.recentState(space)).toEqual(row);
    expect(reader.recentState(spaceOf('rule', 'routed', 'o2'))).toBeUndefined();
    expect(reader.recentState(spaceOf('other', 'routed', 'o1'))).toBeUndefined();
    now += 6;
    expect(reader.recentState(space)).toEqual(row);
    now += 1;
    expect(reader.recentState(space)).toBeUndefined();
  });

  it('recent counters are forgotten after a write of this process, also those of a read that began before it', async () => {
    const reader = createOwnershipReader(store, () => now);
    await reader.state(space);
    reader.forgetStates();
    expect(reader.recentState(space)).toBeUndefined();
    const read = reader.state(space);
    reader.forgetStates();
    await read;
    expect(reader.recentState(space)).toBeUndefined();
  });

  it('a read of the counters that fails leaves no recent counters', async () => {
    const failing: Store = { ...store, read: () => Promise.reject(new Error('down')) };
    const reader = createOwnershipReader(failing, () => now);
    await expect(reader.state(space)).rejects.toThrow('down');
    expect(reader.recentState(space)).toBeUndefined();
  });
});
