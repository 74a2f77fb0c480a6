import type { After } from '../deadlines.js';

/** The two clocks of a process, in milliseconds. */
export interface Clock {
  /** Time since 1970. Determines expiry. May jump in either direction. */
  wall(): number;
  /** Time since an arbitrary start. Never decreases, but may stop while the machine sleeps. */
  monotonic(): number;
  /**
   * Calls `work` after the given number of milliseconds. Returns a function that cancels the call.
   *
   * @default setTimeout
   */
  readonly after?: After;
}

/** The clocks of this process. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
};

/**
 * Creates a function that returns the elapsed milliseconds. Between two calls, the clock that advanced further counts.
 *
 * The monotonic clock stops while the machine is suspended, and the wall clock may be set back. With the larger of the
 * two, the result is never less than the real time.
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
  /** Wall time that was read at the last call. Does not read the clock. */
  wall(): number;
}
