import { setImmediate } from 'node:timers/promises';
import { median, printFigure } from './figure.js';
import type { BenchOptions } from './options.js';

/** One thing to time, in this process. */
export interface TimedCase {
  readonly name: string;
  /** Does it `count` times; gives how often it went as it should. A batch that did not counts for nothing. */
  readonly run: (count: number) => number | Promise<number>;
  /** Run before each batch, outside the time. */
  readonly ready?: () => Promise<unknown>;
  /** Most times a batch may do it, for what `ready` prepares. */
  readonly mostCount?: number;
  /** Times each batch does it, where a batch must not be short: one that waits pays for what others left to collect. */
  readonly count?: number;
  /** Clock that is measured: CPU time of this process, or wall time if a database works as well. */
  readonly clock?: 'cpu' | 'wall';
}

/** Nanoseconds of each round, by the name of the case. */
export type Times = ReadonlyMap<string, readonly number[]>;

/** A batch is long enough for the clock, and short enough that a neighbour's burst spoils few. */
const BATCH_MS = 4;
/** Calls that V8 needs before it optimizes. Slow cases are called for `WARM_UP_MS` instead. */
const WARM_UP_COUNT = 30_000;
const WARM_UP_MS = 400;
const BATCHES_PER_SECOND = 100;
const MOST_COUNT = 1_000_000;

/**
 * Times all cases in turn, batch by batch, so that what slows the machine down slows all of them down.
 *
 * Gives nanoseconds for one time; those of one index were measured within the same moments.
 */
export async function timeCases(cases: readonly TimedCase[], { seconds, rounds }: BenchOptions): Promise<Times> {
  const counts = new Map<string, number>();
  for (const each of cases) counts.set(each.name, await warmUp(each));
  const times = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  const batches = Math.max(5, Math.ceil((seconds * rounds * BATCHES_PER_SECOND) / Math.max(3, cases.length)));
  const reversed = cases.toReversed();
  for (let batch = 0; batch < batches; batch++) {
    // A case that follows a similar one finds its code and data in the processor's caches, so the order alternates.
    for (const each of batch % 2 === 0 ? cases : reversed)
      times.get(each.name)?.push(await nanoseconds(each, counts.get(each.name) ?? 1));
  }
  return times;
}

/** Prints the time of each case, under the name of its room. */
export function printTimes(room: string, times: Times): void {
  for (const [name, samples] of times) printFigure(`${room}/${name}/time`, 'ns', samples);
}

/** The ratios of two cases, batch by batch. */
export function ratiosOf(times: Times, name: string, to: string): number[] {
  const below = times.get(to) ?? [];
  return (times.get(name) ?? []).map((value, index) => value / (below[index] ?? Number.NaN));
}

const ALLOCATION_BATCHES = 15;
const ALLOCATION_COUNT = 2000;

/** Bytes one time allocates: the growth of the heap over batches that fit between two collections. */
export async function allocationsOf({ run, ready, mostCount = ALLOCATION_COUNT }: TimedCase): Promise<number[]> {
  const count = Math.min(mostCount, ALLOCATION_COUNT);
  const samples: number[] = [];
  for (let batch = 0; batch < ALLOCATION_BATCHES; batch++) {
    globalThis.gc?.();
    await ready?.();
    const before = process.memoryUsage().heapUsed;
    const right = await run(count);
    const after = process.memoryUsage().heapUsed;
    // What went the cold way says nothing about the warm one.
    if (right === count) samples.push((after - before) / count);
  }
  const middle = median(samples);
  return samples.filter((sample) => sample >= 0 && sample <= 2 * Math.abs(middle) + 1);
}

async function warmUp(each: TimedCase): Promise<number> {
  let count = each.count ?? 1;
  let done = 0;
  for (const end = performance.now() + WARM_UP_MS; done < WARM_UP_COUNT && performance.now() < end; done += count) {
    const perOne = await nanoseconds(each, count);
    count =
      each.count ??
      Math.max(1, Math.min(each.mostCount ?? MOST_COUNT, Math.ceil((BATCH_MS * 1e6) / Math.max(1, perOne))));
  }
  return count;
}

const MOST_TRIES = 50;

async function nanoseconds({ name, run, ready, clock = 'cpu' }: TimedCase, count: number): Promise<number> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    // Timers of what is measured get their turn: a process that was held up for long asks its store again.
    await setImmediate();
    await ready?.();
    const started = now[clock]();
    const done = run(count);
    // A synchronous case is not to pay for a turn of the queue.
    const right = typeof done === 'number' ? done : await done;
    const elapsed = now[clock]() - started;
    if (right === count) return (elapsed * 1e6) / count;
  }
  throw new Error(`${name} does not do what it should`);
}

/** Milliseconds. */
const now: Readonly<Record<NonNullable<TimedCase['clock']>, () => number>> = {
  wall: () => performance.now(),
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
};
