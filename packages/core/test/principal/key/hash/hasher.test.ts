import { randomBytes } from 'node:crypto';
import { OptionError, UnavailableError } from '@flairgate/core';
import { createHasher, hashSecret } from '@flairgate/core/calibrate';
import { describe, expect, it } from 'vitest';

const slow = { scheme: 'pbkdf2-sha256', rounds: 1000 } as const;
const fast = { scheme: 'sha256', rounds: 1 } as const;

describe('createHasher', () => {
  it('a hasher verifies what it hashed, and counts both', async () => {
    const hasher = createHasher();
    const stored = await hasher.hash('secret', slow);
    expect(await hasher.verify('secret', stored)).toBe(true);
    expect(await hasher.verify('other', stored)).toBe(false);
    expect(hasher.count).toBe(3);
  });

  it('a hasher computes nothing for a hash that cannot be read', async () => {
    const hasher = createHasher();
    expect(await hasher.verify('secret', '$pbkdf2-sha256$1$AAAAAA$AAAA')).toBe(false);
    expect(hasher.count).toBe(0);
  });

  it('a hasher runs a limited number of slow hashes at the same time', async () => {
    const hasher = createHasher({ maxConcurrent: 2 });
    const stored = await hashSecret('secret', slow, randomBytes);
    const all = Array.from({ length: 8 }, () => hasher.verify('secret', stored));
    // All that can start has started, and no hash can have ended, because the event loop has not turned.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    expect(hasher.count).toBe(2);
    await Promise.all(all);
    expect(hasher.count).toBe(8);
  });

  it('a hasher runs what waits in the order it came', async () => {
    const hasher = createHasher({ maxConcurrent: 1 });
    const stored = await hashSecret('secret', slow, randomBytes);
    const finished: number[] = [];
    const all = Array.from({ length: 8 }, async (_, at) => {
      await hasher.verify('secret', stored);
      finished.push(at);
    });
    await all[0];
    expect(hasher.count).toBeLessThanOrEqual(2);
    await Promise.all(all);
    expect(finished).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('a hasher refuses as unavailable what is over the queue, and works again afterwards', async () => {
    const hasher = createHasher({ maxConcurrent: 1, maxQueued: 2 });
    const stored = await hashSecret('secret', slow, randomBytes);
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => hasher.verify('secret', stored)));
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    for (const result of results.slice(3)) {
      expect(result).toHaveProperty('reason', expect.any(UnavailableError));
    }
    expect(hasher.count).toBe(3);
    expect(await hasher.verify('secret', stored)).toBe(true);
  });

  it('a hasher frees its place when the work fails', async () => {
    const hasher = createHasher({ maxConcurrent: 1, maxQueued: 1, random: () => new Uint8Array() });
    const stored = await hashSecret('secret', slow, randomBytes);
    await expect(hasher.hash('secret', slow)).rejects.toThrow(/randomness/);
    await expect(hasher.hash('secret', slow)).rejects.toThrow(/randomness/);
    expect(await hasher.verify('secret', stored)).toBe(true);
  });

  it('a hasher lets the fast scheme pass a full queue', async () => {
    const hasher = createHasher({ maxConcurrent: 1, maxQueued: 0 });
    const running = hasher.hash('secret', slow);
    const stored = await hasher.hash('secret', fast);
    expect(await hasher.verify('secret', stored)).toBe(true);
    await running;
  });

  it.each([{ maxConcurrent: 0 }, { maxConcurrent: 1.5 }, { maxQueued: -1 }, { maxQueued: Number.NaN }])(
    'createHasher refuses %j at construction',
    (options) => {
      expect(() => createHasher(options)).toThrow(OptionError);
    },
  );
});
