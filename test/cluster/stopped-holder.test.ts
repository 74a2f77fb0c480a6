import { afterEach, describe, expect, test } from 'vitest';
import { kindsToTest } from '../../packages/stores/test/databases.js';
import { openShared, type SharedStore, writeBesideStopped } from './stopped-holder.ts';

const WRITES = 4;

let shared: SharedStore | undefined;
afterEach(() => shared?.remove());

const causesOf = (waited: readonly { readonly cause: string | undefined }[]) => [
  ...new Set(waited.map(({ cause }) => cause)),
];

describe.skipIf((await kindsToTest(['postgres'])).length === 0)('a process that is stopped with the lock', () => {
  test('a process that is stopped with the lock is ended by the server before others give up', async () => {
    shared = await openShared('postgres', 10_000);
    expect(causesOf(await writeBesideStopped(shared, WRITES))).toEqual([undefined]);
  });

  test('a process that is stopped with the lock has others give up after a shorter lock timeout, and delays none later', async () => {
    shared = await openShared('postgres', 50);
    expect(causesOf(await writeBesideStopped(shared, WRITES))).toEqual(['another write held the lock for too long']);
    await shared.store.write((tx) => tx.lockRevision(), { locksRevision: true });
  });
});
