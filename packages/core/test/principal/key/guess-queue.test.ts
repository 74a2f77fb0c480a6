import { type Guess, UnavailableError } from '@flairgate/core';
import { createGuessQueue } from '@flairgate/core/internal';
import { beforeEach, describe, expect, it } from 'vitest';
import { type VirtualTime, virtualTime } from './virtual-time.js';

const STEP_MS = 250;
const HOUR_MS = 3_600_000;
const who = (uid = 'u', address = '203.0.113.7') => ({ uid, address });

let time: VirtualTime;
beforeEach(() => {
  time = virtualTime(1_017);
});

const wrong = async (placeMs = 0): Promise<Guess<string>> => ({ answer: 'wrong', isRight: false, placeMs });
const right = async (): Promise<Guess<string>> => ({ answer: 'right', isRight: true, placeMs: 0 });
/** Work that takes so long. */
const taking = (ms: number, placeMs: number) => async () => {
  await new Promise<void>((done) => time.after(ms, done));
  return wrong(placeMs);
};

describe('a guess', () => {
  it('a guess is answered at a multiple of the fixed time, however long its work took', async () => {
    const times: number[] = [];
    for (const ms of [0, 3, 120, 249]) {
      const guesses = createGuessQueue(time);
      const began = time.now();
      const [answer] = await time.settle([guesses(who(), 'refused', taking(ms, 0))]);
      expect(answer?.value).toBe('wrong');
      expect((answer?.at ?? 1) % STEP_MS).toBe(0);
      times.push(Math.ceil((answer?.at ?? 0) / STEP_MS) - Math.ceil(began / STEP_MS));
    }
    expect(times).toEqual([1, 1, 1, 1]);
  });

  it('a guess takes a place of the length it is told, and of whole steps', async () => {
    const guesses = createGuessQueue(time);
    const [long] = await time.settle([guesses(who(), 'refused', taking(5, 1001))]);
    expect(long?.at).toBe(1250 + 5 * STEP_MS);
  });

  it('a guess that outlasts its place makes the next ones longer, for an hour', async () => {
    const guesses = createGuessQueue(time);
    await time.settle([guesses(who(), 'refused', taking(300, 0))]);
    const lengthOf = async () => {
      const began = Math.ceil(time.now() / STEP_MS) * STEP_MS;
      const [next] = await time.settle([guesses(who('other'), 'refused', () => wrong(STEP_MS))]);
      return (next?.at ?? 0) - began;
    };
    expect(await lengthOf()).toBe(2 * STEP_MS);
    await time.settle([new Promise<void>((done) => time.after(HOUR_MS, done))]);
    expect(await lengthOf()).toBe(STEP_MS);
  });

  it('a guess passes on what went wrong, at a multiple of the fixed time too', async () => {
    const guesses = createGuessQueue(time);
    const [failed] = await time.settle([guesses(who(), 'refused', () => Promise.reject(new Error('down')))]);
    expect(failed).toMatchObject({ error: new Error('down'), at: 1500 });
  });
});

describe('guesses of one user from one address', () => {
  it('guesses of one user from one address are refused past ten wrong ones an hour, at the fixed time and without work', async () => {
    const guesses = createGuessQueue(time);
    for (let tries = 0; tries < 10; tries++) await time.settle([guesses(who(), 'refused', () => wrong())]);
    let works = 0;
    const work = () => {
      works += 1;
      return right();
    };
    await time.settle([new Promise<void>((done) => time.after(7, done))]);
    const now = time.now();
    const [refused] = await time.settle([guesses(who(), 'refused', work)]);
    expect(refused).toMatchObject({ value: 'refused', at: Math.ceil(now / STEP_MS) * STEP_MS });
    expect(works).toBe(0);
    const [other, elsewhere] = await time.settle([
      guesses(who('another'), 'refused', work),
      guesses(who('u', '203.0.113.8'), 'refused', work),
    ]);
    expect([other?.value, elsewhere?.value]).toEqual(['right', 'right']);
    await time.settle([new Promise<void>((done) => time.after(HOUR_MS, done))]);
    const [later] = await time.settle([guesses(who(), 'refused', work)]);
    expect(later?.value).toBe('right');
  });

  it('guesses of one user from one address are no more than ten when they come at once', async () => {
    const guesses = createGuessQueue(time);
    let works = 0;
    const sent = Array.from({ length: 20 }, () =>
      guesses(who(), 'refused', () => {
        works += 1;
        return wrong();
      }),
    );
    const settled = await time.settle(sent);
    expect(works).toBe(10);
    expect(settled.filter(({ value }) => value === 'refused')).toHaveLength(10);
    expect(settled.every(({ at }) => at % STEP_MS === 0)).toBe(true);
  });

  it('guesses of one user from one address count together from one /64 of IPv6, and from either spelling of IPv4', async () => {
    for (const [first, second] of [
      ['2001:db8::1', '2001:db8::ffff:1:2:3'],
      ['198.51.100.1', '::ffff:198.51.100.1'],
    ]) {
      const guesses = createGuessQueue(time);
      for (let tries = 0; tries < 10; tries++) await time.settle([guesses(who('u', first), 'refused', () => wrong())]);
      const [next] = await time.settle([guesses(who('u', second), 'refused', () => right())]);
      expect(next?.value).toBe('refused');
    }
  });

  it('guesses of one user from one address that are right are not counted', async () => {
    const guesses = createGuessQueue(time);
    for (let tries = 0; tries < 12; tries++) {
      const [answer] = await time.settle([guesses(who(), 'refused', right)]);
      expect(answer?.value).toBe('right');
    }
  });
});

describe('guesses that wait', () => {
  it('guesses that wait fail after five seconds, whatever they would have been compared with', async () => {
    const guesses = createGuessQueue(time);
    let works = 0;
    const sent = Array.from({ length: 8 }, (_, each) =>
      guesses(who(`u${each}`), 'refused', () => {
        works += 1;
        return wrong(1000);
      }),
    );
    const settled = await time.settle(sent);
    const late = settled.filter(({ error }) => error instanceof UnavailableError);
    expect(works + late.length).toBe(8);
    expect(works).toBe(5);
    expect(new Set(late.map(({ at }) => at))).toEqual(new Set([1017 + 5000]));
  });

  it('guesses that wait fail at once when too many do, the ones of the busiest address first', async () => {
    const guesses = createGuessQueue({ ...time, maxWaiting: 4 });
    const flood = Array.from({ length: 8 }, (_, each) => guesses(who(`u${each}`, '198.51.100.1'), 'no', () => wrong()));
    const honest = guesses(who('honest'), 'no', right);
    const settled = await time.settle([...flood, honest]);
    const failed = settled.filter(({ error }) => error instanceof UnavailableError);
    expect(failed).toHaveLength(4);
    expect(failed.every(({ at }) => at === 1017)).toBe(true);
    expect(settled[8]?.value).toBe('right');
    // Behind the one under way and at most one of the flood, not behind all of it.
    expect(settled[8]?.at).toBeLessThanOrEqual(1250 + 3 * STEP_MS);
  });
});
