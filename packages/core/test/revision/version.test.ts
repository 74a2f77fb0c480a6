import { createRevision, type RevisionSnapshot } from '@flairgate/core/internal';
import { describe, expect, it, vi } from 'vitest';
import { manualClock } from '../administration/fixture.js';

const BOUND_MS = 30_000;

/** A primary whose commits by others change its version. */
async function shared() {
  const clock = manualClock();
  const counts = { commits: 0, asked: 0, pulls: 0 };
  const revision = createRevision({
    clock,
    boundMs: BOUND_MS,
    source: {
      version: () => {
        counts.asked += 1;
        return counts.commits;
      },
      pull: async (): Promise<RevisionSnapshot> => {
        counts.pulls += 1;
        return { incarnation: 'one', n: counts.commits, prunedTo: 0, changes: [], ageMs: 0 };
      },
    },
  });
  await revision.sync();
  revision.current();
  await revision.sync();
  counts.asked = 0;
  counts.pulls = 0;
  return { clock, counts, revision };
}

describe('a commit of another process', () => {
  it('a commit of another process is seen by the first use after 10 ms, however busy this process is', async () => {
    const { clock, counts, revision } = await shared();
    counts.commits += 1;
    clock.advance(9);
    for (let use = 0; use < 100; use++) expect(revision.current()).toBe(true);
    expect(counts.asked).toBe(0);
    clock.advance(1);
    expect(revision.current()).toBe(false);
    expect(counts.asked).toBe(1);
    await revision.ensureCurrent();
    expect(revision.current()).toBe(true);
  });

  it('a commit of another process is seen by the next use of a process that was idle', async () => {
    const { clock, counts, revision } = await shared();
    clock.advance(40);
    expect(revision.current()).toBe(true);
    counts.commits += 1;
    clock.advance(40);
    expect(revision.current()).toBe(false);
  });

  it('a commit of another process is heard of without a use only while a signal is waited for', async () => {
    const { clock, counts, revision } = await shared();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const stop = revision.start();
      let isWaitedOn = false;
      const stopWatching = revision.watchWhile(() => isWaitedOn);
      const tick = () => {
        clock.advance(10);
        vi.advanceTimersByTime(10);
      };
      counts.commits += 1;
      tick();
      expect(counts).toMatchObject({ asked: 0, pulls: 0 });
      isWaitedOn = true;
      tick();
      expect(counts).toMatchObject({ asked: 1, pulls: 1 });
      stopWatching();
      counts.commits += 1;
      tick();
      expect(counts.asked).toBe(1);
      stop();
    } finally {
      vi.useRealTimers();
    }
  });
});
