import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { UnavailableError } from '../../denial/errors.js';
import { createFairQueue, type FairQueue, subscriberOf } from './fair-queue.js';

/** Options of {@link createGuessQueue}. */
export interface GuessQueueOptions {
  /** Milliseconds since some start; never goes back. Default `performance.now`. */
  readonly now?: () => number;
  /** Calls `work` after the given number of milliseconds; returns what prevents it. Default `setTimeout`. */
  readonly after?: (ms: number, work: () => void) => () => void;
  /** Guesses that may wait, of all addresses together. Default 64. */
  readonly maxWaiting?: number;
}

/** The user whose secret is guessed, and the address of the guess. */
export interface Guesser {
  readonly uid: string;
  readonly address: string | undefined;
}

/** Result of a guess. */
export interface Guess<T> {
  readonly answer: T;
  /** Wrong guesses are counted. */
  readonly isRight: boolean;
  /** Milliseconds that the place lasts at least. Must not depend on what the guess was compared with. */
  readonly placeMs: number;
}

/**
 * Runs one guess at a time, and takes the same time whatever it is compared with.
 *
 * A guess begins and is answered at multiples of 250 ms only, and its place lasts `placeMs`, whether its work needs that
 * long or not. Addresses take turns. From the eleventh wrong guess of an hour on, a user and address get `refused` at
 * the next multiple, without a place.
 *
 * Rejects with `UnavailableError` when too many guesses wait, or this one waited 5 seconds.
 */
export type GuessQueue = <T>(who: Guesser, refused: T, work: () => Promise<Guess<T>>) => Promise<T>;

/** Milliseconds between two moments at which answers leave. */
const STEP_MS = 250;
const MAX_WAIT_MS = 5000;
const HOUR_MS = 3_600_000;
const MAX_WRONG_PER_HOUR = 10;
/** Only a place can add a count, and no more places than this end in an hour: no count that matters is ever dropped. */
const MAX_COUNTS = HOUR_MS / STEP_MS;
/** Most times its length that a place lasts on a machine that is slower than was thought. */
const MAX_STRETCH = 8;

interface Queue {
  readonly now: () => number;
  readonly after: (ms: number, work: () => void) => () => void;
  readonly turns: FairQueue;
  readonly counts: LRUCache<string, { readonly wrong: number; readonly until: number }>;
  /** When the last place ended. */
  freeAt: number;
  stretch: number;
  stretchedUntil: number;
}

/** Creates the queue of one process. */
export function createGuessQueue(options: GuessQueueOptions = {}): GuessQueue {
  const { now = () => performance.now(), after = setTimer, maxWaiting = 64 } = options;
  const queue: Queue = {
    now,
    after,
    turns: createFairQueue({ maxRunning: 1, maxWaiting }),
    counts: new LRUCache({ max: MAX_COUNTS }),
    freeAt: 0,
    stretch: 1,
    stretchedUntil: 0,
  };
  return async (who, refused, work) => {
    const name = hash('sha256', JSON.stringify([who.uid, subscriberOf(who.address)]), 'base64');
    const answered = isSpent(queue, name) ? SPENT : await inPlace(queue, who.address, name, work);
    if (answered !== SPENT) return answered;
    await until(queue, nextStep(now()));
    return refused;
  };
}

const SPENT = Symbol('the guesses of this hour are spent');

/** Waits for a place and runs the guess in it; `SPENT` where others were counted meanwhile. */
async function inPlace<T>(
  queue: Queue,
  address: string | undefined,
  name: string,
  work: () => Promise<Guess<T>>,
): Promise<T | typeof SPENT> {
  const enteredAt = queue.now();
  let end: () => void = () => undefined;
  const late = new Promise<never>((_, reject) => {
    end = queue.after(MAX_WAIT_MS, () => reject(new UnavailableError('store', new Error('no place came free'))));
  });
  const place = queue.turns(address, async () => {
    end();
    if (queue.now() - enteredAt >= MAX_WAIT_MS) return SPENT;
    return isSpent(queue, name) ? SPENT : run(queue, name, enteredAt, work);
  });
  try {
    return await Promise.race([place, late]);
  } finally {
    end();
  }
}

async function run<T>(queue: Queue, name: string, enteredAt: number, work: () => Promise<Guess<T>>): Promise<T> {
  const startAt = Math.max(nextStep(enteredAt), queue.freeAt);
  await until(queue, startAt);
  let placeMs = STEP_MS;
  try {
    const guess = await work();
    placeMs = guess.placeMs;
    if (!guess.isRight) count(queue, name);
    return guess.answer;
  } finally {
    queue.freeAt = endOf(queue, startAt, placeMs);
    await until(queue, queue.freeAt);
  }
}

/** A place that was too short is a sign of what its work was: those that follow last longer. */
function endOf(queue: Queue, startAt: number, placeMs: number): number {
  const now = queue.now();
  if (now >= queue.stretchedUntil) queue.stretch = 1;
  const endAt = startAt + Math.max(1, Math.ceil((placeMs * queue.stretch) / STEP_MS)) * STEP_MS;
  if (now <= endAt) return endAt;
  queue.stretch = Math.min(MAX_STRETCH, queue.stretch * 2);
  queue.stretchedUntil = now + HOUR_MS;
  return nextStep(now);
}

function isSpent({ counts, now }: Queue, name: string): boolean {
  const known = counts.peek(name);
  return known !== undefined && known.until > now() && known.wrong >= MAX_WRONG_PER_HOUR;
}

function count({ counts, now }: Queue, name: string): void {
  const known = counts.peek(name);
  const isLive = known !== undefined && known.until > now();
  counts.set(name, isLive ? { ...known, wrong: known.wrong + 1 } : { wrong: 1, until: now() + HOUR_MS });
}

function nextStep(at: number): number {
  return Math.ceil(at / STEP_MS) * STEP_MS;
}

/** A timer may be early by a part of a millisecond. */
async function until({ now, after }: Queue, at: number): Promise<void> {
  for (let left = at - now(); left > 0; left = at - now()) {
    const ms = left;
    await new Promise<void>((resolve) => after(ms, resolve));
  }
}

function setTimer(ms: number, work: () => void): () => void {
  const timer = setTimeout(work, Math.ceil(ms));
  return () => clearTimeout(timer);
}
