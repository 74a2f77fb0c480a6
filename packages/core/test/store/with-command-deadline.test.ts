import { memoryStore, UnavailableError } from '@flairgate/core';
import { type After, deadlines, faultCause, withCommandDeadline } from '@flairgate/core/internal';
import type { Store } from '@flairgate/core/store';
import { describe, expect, test } from 'vitest';

/** Timers that a test ends by hand. */
function manualTimers() {
  const timers = new Map<() => void, number>();
  const after: After = (ms, work) => {
    timers.set(work, ms);
    return () => void timers.delete(work);
  };
  return { timers, after, pass: () => [...timers.keys()].map((work) => work()) };
}

describe('a store of the host that never answers', () => {
  test.each(['read', 'write'] as const)('keeps no command waiting past its deadline: %s', async (kind) => {
    const store: Store = { ...(await memoryStore()), [kind]: () => new Promise(() => undefined) };
    const { timers, after, pass } = manualTimers();
    const waiting = withCommandDeadline(store, after)[kind](async () => 1);
    expect([...timers.values()]).toEqual([deadlines.commandMs]);
    pass();
    const error = await waiting.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnavailableError);
    expect(faultCause(error).text).toBe(`a command took longer than ${deadlines.commandMs} ms`);
  });

  test('that answers leaves no timer behind', async () => {
    const { timers, after } = manualTimers();
    const store = withCommandDeadline(await memoryStore(), after);
    expect(await store.write((tx) => tx.lockRevision())).toMatchObject({ id: 1 });
    await expect(store.read(() => Promise.reject(new TypeError('of the work')))).rejects.toThrow(TypeError);
    expect(timers.size).toBe(0);
  });
});
