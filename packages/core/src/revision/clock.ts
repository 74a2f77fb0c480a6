import type { After } from '../deadlines.js';

/** The two clocks of a process, in milliseconds. */
export interface Clock {
  /** Time since 1970. Decides expiry. Can step. */
  wall(): number;
  /** Time since an arbitrary start. Never goes back, but can stop while the machine sleeps. */
  monotonic(): number;
  /** Calls `work` after the given number of milliseconds. Returns the function that cancels it. @default setTimeout */
  readonly after?: After;
}

/** The clocks of this process. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
};

/**
 * Creates a function that returns elapsed milliseconds, by the clock that went further.
 *
 * A suspended machine stops the monotonic clock and a stepped wall clock goes back; the greater of both never
 * counts less time than has passed.
 */
export function createStopwatch(clock: Clock): Stopwatch {
  let elapsed = 0;
  let wall = clock.wall();
  let monotonic = clock.monotonic();
  const stopwatch: Stopwatch = () => {
    const wallNow = clock.wall();
    const monotonicNow = clock.monotonic();
    elapsed += Math.max(wallNow - wall, monotonicNow - monotonic, 0);
    wall = wallNow;
    monotonic = monotonicNow;
    return elapsed;
  };
  stopwatch.wall = () => wall;
  return stopwatch;
}

/** Counts elapsed milliseconds. */
export interface Stopwatch {
  (): number;
  /** Wall time of the last call. Does not read the clock. */
  wall(): number;
}
