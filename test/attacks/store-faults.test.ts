import { memoryStore } from '@flairgate/core';
import { createServiceKey } from '@flairgate/core/administration';
import { deadlines } from '@flairgate/core/internal';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startServerFixture } from '../flow/caller.ts';
import type { Operation } from '../flow/every-route/operations.ts';
import { done, operator, type Received } from '../flow/running-service.ts';
import { listOperations, type Tried, tryFaults, turns } from './every-route-faults.ts';
import { FAULTS, faultyStore } from './faulty-store.ts';

let operations: readonly Operation[];
const died: unknown[] = [];
const note = (error: unknown) => void died.push(error);

beforeAll(async () => {
  operations = await listOperations();
  process.on('unhandledRejection', note);
});
afterAll(() => {
  process.off('unhandledRejection', note);
});

afterEach(() => void vi.useRealTimers());

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1000));
/** One run takes every eighth route; the long tests take all of them. */
const EVERY = 8;

/** Calls after a commit, and calls that other work of the process makes meanwhile, change no answer. */
const isGood = ({ status, usual }: Tried) => status === 503 || status === 200 || status === usual;

describe(`a store that fails, hangs or answers nonsense, on routes by SEED=${SEED}`, () => {
  it('T-O01, J-08, T-D09, T-C14, V16.5: it is 503 in time, never another refusal, and the process lives on', async () => {
    let unavailable = 0;
    for (const [at, operation] of operations.entries()) {
      if (at % EVERY !== SEED % EVERY) continue;
      const fault = FAULTS[(at + SEED) % FAULTS.length] ?? 'rejects';
      const tried = await tryFaults(operation, { faults: [fault] });
      unavailable += tried.filter(({ status }) => status === 503).length;
      expect(tried.filter((one) => !isGood(one))).toEqual([]);
      expect(tried.filter(({ text }) => text.includes('MARKED'))).toEqual([]);
    }
    expect(unavailable).toBeGreaterThan(10);
    expect(died).toEqual([]);
  });

  it('T-O01, V16.5: it lets no caller do what the caller may not', async () => {
    const guarded = operations.filter(({ needs }) => needs.kind === 'permissions' || needs.kind === 'user');
    expect(guarded.length).toBeGreaterThan(40);
    for (const [at, operation] of guarded.entries()) {
      if (at % EVERY !== SEED % EVERY) continue;
      const fault = FAULTS[(at + SEED + 1) % FAULTS.length] ?? 'rejects';
      const tried = await tryFaults(operation, { faults: [fault], asker: 'weak' });
      expect(tried.filter(({ status }) => ![401, 403, 404, 503].includes(status))).toEqual([]);
    }
    expect(died).toEqual([]);
  });
});

describe('a long poll of the change feed', () => {
  it('J-08: it is 503 in time if the store hangs at the read after its wait', async () => {
    const WAIT_SECONDS = 20;
    const faulty = faultyStore(await memoryStore());
    const place = await startServerFixture(faulty.store, { gate: { maxStalenessSeconds: 300 } });
    const input = { name: 'poller', organizations: 'all', mayExchange: [] } as const;
    const { text } = await done(createServiceKey(place.administration, operator, input));
    const headers = { 'x-api-key': text };
    const poll = (query: string) => place.running.send({ method: 'GET', path: `/v1/changes?${query}`, headers });
    const { inc, n } = JSON.parse((await poll('')).text);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    let answer: Received | undefined;
    const polling = poll(`inc=${inc}&after=${n}&wait=${WAIT_SECONDS}`).then((received) => {
      answer = received;
    });
    await turns();
    const armed = faulty.failAt(1, 'hangs');
    await vi.advanceTimersByTimeAsync(WAIT_SECONDS * 1000);
    await turns();
    expect([armed.failed(), answer]).toEqual([true, undefined]);
    await vi.advanceTimersByTimeAsync(deadlines.commandMs);
    await polling;
    expect(answer).toMatchObject({ status: 503 });
    faulty.release();
    vi.useRealTimers();
    await place.close();
  });
});
