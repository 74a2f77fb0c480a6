import { hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { UnavailableError } from '../../denial/errors.js';
import { createFairQueue, type FairQueue, subscriberOf } from './fair-queue.js';

/** Options of {@link createGuessQueue}. */
export interface GuessQueueOptions {
  /**
   * Monotonic clock: returns milliseconds since an arbitrary start and never decreases.
   *
   * @default performance.now
   */
  readonly now?: () => number;
  /**
   * Calls `work` after the given number of milliseconds. Returns a function that cancels the call.
   *
   * @default setTimeout
   */
  readonly after?: (ms: number, work: () => void) => () => void;
  /**
   * Maximum number of guesses that wait, from all addresses together.
   *
   * @default 64
   */
  readonly maxWaiting?: number;
}

/** The user whose secret is guessed, and the client address that sent the guess. */
export interface Guesser {
  readonly uid: string;
  readonly address: string | undefined;
}

/** Result of a guess. */
export interface Guess<T> {
  readonly answer: T;
  /** True if the guess is correct. Wrong guesses are counted. */
  readonly isRight: boolean;
  /**
   * Minimum time, in milliseconds, for which the guess occupies the queue. This time must not depend on the hash that
   * the guess was compared with.
   */
  readonly placeMs: number;
}

/**
 * Queue that runs guesses of secrets one at a time. The duration of a guess does not depend on the hash that the guess
 * is compared with.
 *
 * Guesses start and complete only at multiples of 250 ms. Each guess occupies the queue for at least `placeMs`.
 * Addresses take turns. After ten wrong guesses for a user from an address within an hour, further guesses for this
 * user from this address resolve to `refused` at the next multiple of 250 ms, without waiting in the queue.
 *
 * Rejects with `UnavailableError` if too many guesses wait, or if this guess has waited for 5 seconds.
 */
export type GuessQueue = <T>(who: Guesser, refused: T, work: () => Promise<Guess<T>>) => Promise<T>;

/** Interval, in milliseconds, at which guesses start and complete. */
const STEP_MS = 250;
const MAX_WAIT_MS = 5000;
const HOUR_MS = 3_600_000;
const MAX_WRONG_PER_HOUR = 10;
/**
 * Maximum number of counters of wrong guesses. This is the number of guesses that can run in an hour. Only guesses that
 * ran are counted, so no counter is dropped before its hour is over.
 */
const MAX_COUNTS = HOUR_MS / STEP_MS;
/** Maximum factor by which the time reserved for a guess is extended on a slow machine. */
const MAX_STRETCH = 8;

interface Queue {
  readonly now: () => number;
  readonly after: (ms: number, work: () => void) => () => void;
  readonly turns: FairQueue;
  readonly counts: LRUCache<string, { readonly wrong: number; readonly until: number }>;
  /** Time from which the queue is free for the next guess. */
  freeAt: number;
  stretch: number;
  stretchedUntil: number;
}

/** Creates the queue for all guesses in one process. */
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

/**
 * Waits until the guess may run, and runs the guess. Resolves to `SPENT` if the user and address reached the limit of
 * wrong guesses while the guess waited.
 */
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
    return isSpent(queue, name) ? SPENT : runGuess(queue, name, enteredAt, work);
  });
  try {
    return await Promise.race([place, late]);
  } finally {
    end();
  }
}

async function runGuess<T>(queue: Queue, name: string, enteredAt: number, work: () => Promise<Guess<T>>): Promise<T> {
  const startAt = Math.max(nextStep(enteredAt), queue.freeAt);
  await until(queue, startAt);
  let placeMs = STEP_MS;
  try {
    const guess = await work();
    placeMs = guess.placeMs;
    if (!guess.isRight) countWrongGuess(queue, name);
    return guess.answer;
  } finally {
    queue.freeAt = endOfGuess(queue, startAt, placeMs);
    await until(queue, queue.freeAt);
  }
}

/**
 * Returns the time at which a guess ends. A guess that takes longer than the time reserved for it reveals something by
 * its duration. After such a guess, more time is reserved for each guess during the next hour.
 */
function endOfGuess(queue: Queue, startAt: number, placeMs: number): number {
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

function countWrongGuess({ counts, now }: Queue, name: string): void {
  const known = counts.peek(name);
  const isLive = known !== undefined && known.until > now();
  counts.set(name, isLive ? { ...known, wrong: known.wrong + 1 } : { wrong: 1, until: now() + HOUR_MS });
}

function nextStep(at: number): number {
  return Math.ceil(at / STEP_MS) * STEP_MS;
}

/** Waits until a point in time. Loops because a timer may fire a fraction of a millisecond early. */
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
