import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { runs } from '../runs.ts';
import { ACTIONS, type Action, BOUND_MS, WARM } from './revision-model.ts';
import { MUTANTS, mutantOf, removeMutants } from './revision-mutants.ts';
import { replay, search } from './revision-search.ts';

/** States in which a search begins. Longer searches are in test/long. */
const STARTS: Readonly<Record<string, readonly Action[]>> = {
  'a process that was just started': [],
  'a process that waits for its first fill': WARM.slice(0, 4),
  'a process that has the key': WARM,
  'a request that waits, in a process that was paused': [...WARM, 'pause', 'request', 'read-pull'],
  'a process that sees a restore': [...WARM, 'other-change', 'restore', 'push', 'read-pull'],
};

describe('the bound, searched state by state on the code itself', () => {
  it.each(Object.entries(STARTS))('the bound, searched state by state, holds from %s', async (_name, start) => {
    const found = await search(start, 4);
    expect(found.broken).toBeUndefined();
    expect(found.states).toBeGreaterThan(200);
  });

  it('the bound, searched state by state, holds on long ways', async () => {
    const ways = fc.array(fc.constantFrom(...ACTIONS), { minLength: 20, maxLength: 60 });
    let latest = -1;
    await fc.assert(
      fc.asyncProperty(ways, async (way) => {
        const world = await replay([...WARM, ...way]);
        latest = Math.max(latest, world.latest);
        expect(world.broken).toBeUndefined();
      }),
      { numRuns: runs(1500) },
    );
    // An ended key was let in for a while, so that the bound was needed.
    expect(latest).toBeGreaterThan(0);
    expect(latest).toBeLessThan(BOUND_MS);
  });
});

describe('the search finds', () => {
  it('the search finds an answer that says it is younger than it is', async () => {
    const found = await search([...WARM, 'push', 'read-pull', 'revoke', 'answer-pull', 'run', 'run'], 3, {
      youngerByMs: 500,
    });
    expect(found.broken).toMatch(/^let in 1200 ms after its end/);
  });

  it('the search finds a change that was never told', async () => {
    const found = await search([...WARM, 'revoke'], 4, { hideEnd: true });
    expect(found.broken).toMatch(/^let in after a pause/);
  });
});

describe('a promise is broken', () => {
  it.each(Object.entries(MUTANTS))('a promise is broken where %s', async (name, { changes, way }) => {
    const core = await mutantOf(name, changes);
    expect((await replay(way)).broken).toBeUndefined();
    const { broken } = await replay(way, { core });
    expect(broken).toMatch(/^let in /);
    // The search comes to it by itself, too.
    expect((await search(way.slice(0, -2), 2, { core })).broken).toMatch(/^let in /);
  });

  afterAll(removeMutants);
});
