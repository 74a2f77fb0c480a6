import { memoryStore, UnavailableError } from '@flairgate/core';
import { deadlines, faultCause } from '@flairgate/core/internal';
import { type Store, withUnavailable } from '@flairgate/core/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const silence = () => new Promise<never>(() => undefined);

/** A store of which no call is ever answered. */
async function silentStore(): Promise<Store> {
  return withUnavailable({
    ...(await memoryStore()),
    read: silence,
    write: silence,
    changesAfter: silence,
    rowsOfKey: silence,
    rowsOfFeed: silence,
    existenceProbe: { kind: 'async', mightExist: silence },
    background: { noteUses: silence, replaceHash: silence },
  });
}

const CALLS: readonly (readonly [string, (store: Store) => Promise<unknown> | boolean | undefined])[] = [
  ['read', (store) => store.read(async () => 1)],
  ['write', (store) => store.write(async () => 1)],
  ['changesAfter', (store) => store.changesAfter?.(1, 1)],
  ['rowsOfKey', (store) => store.rowsOfKey?.({ tag: 't', keyId: null, setting: 's' })],
  ['rowsOfFeed', (store) => store.rowsOfFeed?.({ after: 1, limit: 1, keyId: 'k', setting: 's' })],
  ['mightExist', (store) => store.existenceProbe?.mightExist('secret', { tag: 't' })],
  ['noteUses', (store) => store.background?.noteUses([])],
  ['replaceHash', (store) => store.background?.replaceHash('t', 'a', 'b')],
];

describe('a store of the host that never answers', () => {
  it.each(CALLS)('J-08: `%s` of a silent store is unavailable at its deadline, and not before', async (_, call) => {
    let thrown: unknown;
    const waiting = Promise.resolve(call(await silentStore())).catch((error: unknown) => {
      thrown = error;
    });
    await vi.advanceTimersByTimeAsync(deadlines.commandMs - 1);
    expect(thrown).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    await waiting;
    expect(thrown).toBeInstanceOf(UnavailableError);
    expect(faultCause(thrown).text).toBe(`a call of the store took longer than ${deadlines.commandMs} ms`);
  });

  it('a store that answers leaves no timer behind', async () => {
    const store = withUnavailable(await memoryStore());
    expect(await store.write((tx) => tx.lockRevision())).toMatchObject({ id: 1 });
    await expect(store.read(() => Promise.reject(new TypeError('of the work')))).rejects.toThrow(TypeError);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('every way to call a store has a deadline', async () => {
    const withoutWaiting = ['material', 'version', 'onPush', 'close', 'keptCatalogue', 'existenceProbe', 'background'];
    const methods = Object.keys(await silentStore()).filter((name) => !withoutWaiting.includes(name));
    const { existenceProbe, background } = await silentStore();
    const inner = [existenceProbe, background]
      .flatMap((part) => Object.keys(part ?? {}))
      .filter((name) => name !== 'kind');
    expect([...methods, ...inner].sort()).toEqual(CALLS.map(([name]) => name).sort());
  });
});
