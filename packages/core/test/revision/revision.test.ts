import { UnavailableError } from '@flairgate/core';
import { createRevision, type RevisionSnapshot } from '@flairgate/core/internal';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../administration/fixture.js';

const BOUND_MS = 30_000;

/** A primary that answers what the test sets, and can be held up. */
function primary() {
  let state: Omit<RevisionSnapshot, 'ageMs'> = { incarnation: 'one', n: 0, prunedTo: 0, changes: [] };
  let failing = false;
  let gate: Promise<void> | undefined;
  const pulls: (number | undefined)[] = [];
  return {
    pulls,
    set: (next: Partial<typeof state>) => {
      state = { ...state, ...next };
    },
    commit: (scope: 'key' | 'user' | 'membership', id: string) => {
      const n = state.n + 1;
      state = { ...state, n, changes: [...state.changes, { n, at: 0, scope, id }] };
    },
    fail: (value: boolean) => {
      failing = value;
    },
    hold: () => {
      let release = () => {};
      gate = new Promise((resolve) => {
        release = resolve;
      });
      return release;
    },
    pull: async (after: number | undefined): Promise<RevisionSnapshot> => {
      pulls.push(after);
      const seen = state;
      await gate;
      if (failing) throw new Error('down');
      return { ...seen, changes: seen.changes.filter(({ n }) => after === undefined || n > after), ageMs: 0 };
    },
  };
}

function setting() {
  const source = primary();
  const clock = manualClock();
  const revision = createRevision({ source, clock, boundMs: BOUND_MS });
  return { source, clock, revision };
}

const lineage = (rev: number) => ({
  rev,
  keyId: 'k',
  uid: 'u',
  organizations: ['o'],
  signingKey: undefined,
  checkedAt: -1,
});

describe('the bound', () => {
  it('the bound lets nothing be used before the first sync', async () => {
    const { revision } = setting();
    expect(revision.current()).toBe(false);
    await revision.sync();
    expect(revision.current()).toBe(true);
  });

  it('the bound ends what was read, bound milliseconds after the sync was started, not answered', async () => {
    const { source, clock, revision } = setting();
    const release = source.hold();
    const sync = revision.sync();
    clock.advance(10_000);
    release();
    await sync;
    expect(revision.validForMs).toBe(BOUND_MS - 10_000);
  });

  it('the bound lets no caller go on with an answer that came later than the bound', async () => {
    const { source, clock, revision } = setting();
    await revision.sync();
    clock.advance(60);
    expect(revision.current()).toBe(false);
    const release = source.hold();
    const settled = revision.ensureCurrent();
    // The process stands still while the answer lies there.
    clock.advance(BOUND_MS + 1);
    release();
    await settled;
    expect(source.pulls.length).toBe(3);
    expect(revision.validForMs).toBe(BOUND_MS);
  });

  it('the bound answers 503 past it, and uses what was read before it, while the primary is down', async () => {
    const { source, clock, revision } = setting();
    await revision.sync();
    source.fail(true);
    clock.advance(BOUND_MS - 1);
    await expect(revision.ensureCurrent()).resolves.toBeUndefined();
    clock.advance(1);
    await expect(revision.ensureCurrent()).rejects.toThrow(UnavailableError);
    source.fail(false);
    await revision.ensureCurrent();
    expect(revision.current()).toBe(true);
  });
});

it('changes that are told out of order revive nothing', async () => {
  const { clock } = setting();
  const told = [9, 5].map((n) => ({ n, at: 0, scope: 'key', id: 'k' }) as const);
  const snapshot = { incarnation: 'one', n: 9, prunedTo: 0, changes: told, ageMs: 0 };
  const revision = createRevision({ source: { pull: async () => snapshot }, clock, boundMs: BOUND_MS });
  await revision.sync();
  expect(revision.alive(lineage(7))).toBe(false);
  expect(revision.alive(lineage(9))).toBe(true);
});

describe('a gap in time', () => {
  it('a gap in time makes the process ask again, even inside the bound', async () => {
    const { clock, revision } = setting();
    await revision.sync();
    clock.advance(50);
    expect(revision.current()).toBe(true);
    clock.advance(51);
    expect(revision.current()).toBe(false);
    await revision.ensureCurrent();
    expect(revision.current()).toBe(true);
  });

  it('a gap in time is not cleared by a sync that was started before it', async () => {
    const { source, clock, revision } = setting();
    await revision.sync();
    const release = source.hold();
    const before = revision.sync();
    clock.advance(1000);
    expect(revision.current()).toBe(false);
    const settled = revision.ensureCurrent();
    release();
    await before;
    expect(revision.current()).toBe(false);
    await settled;
    expect(revision.current()).toBe(true);
    expect(source.pulls).toHaveLength(3);
  });
});

describe('a lineage', () => {
  it.each([
    ['its key', 'key', 'k', false],
    ['another key', 'key', 'x', true],
    ['its user', 'user', 'u', false],
    ['any membership of its user', 'membership', 'u:elsewhere', false],
    ['a membership of another user', 'membership', 'x:o', true],
  ] as const)('a lineage is judged after a change of %s', async (_, scope, id, expected) => {
    const { source, revision } = setting();
    await revision.sync();
    const read = lineage(revision.applied);
    expect(revision.alive(read)).toBe(true);
    source.commit(scope, id);
    await revision.sync();
    expect(revision.alive(read)).toBe(expected);
    expect(revision.alive(lineage(revision.applied))).toBe(true);
  });

  it('the lineage of a token ends with its own memberships only', async () => {
    const { source, revision } = setting();
    await revision.sync();
    const token = { ...lineage(0), signingKey: 's' };
    source.commit('membership', 'u:elsewhere');
    await revision.sync();
    expect(revision.alive(token)).toBe(true);
    source.commit('membership', 'u:o');
    await revision.sync();
    expect(revision.alive(token)).toBe(false);
  });

  it('a lineage is dead once its changes were pruned', async () => {
    const { source, revision } = setting();
    source.set({ n: 9, prunedTo: 5 });
    await revision.sync();
    expect(revision.alive(lineage(4))).toBe(false);
    expect(revision.alive(lineage(5))).toBe(true);
  });
});

describe('another history', () => {
  it.each([
    ['another incarnation', { incarnation: 'two' }],
    ['a number that went back', { n: 1 }],
    ['changes pruned before they were seen', { n: 9, prunedTo: 8 }],
  ])('everything is read again after %s', async (_, next) => {
    const { source, revision } = setting();
    source.set({ n: 3 });
    await revision.sync();
    const told: unknown[] = [];
    revision.onChange((changed) => told.push(changed));
    source.set(next);
    await revision.sync();
    expect(told).toEqual(['everything']);
    expect(source.pulls.at(-1)).toBeUndefined();
  });
});
