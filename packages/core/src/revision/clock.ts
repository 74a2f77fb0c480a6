import type { After } from '../deadlines.js';

/** The two clocks of a process, in milliseconds. */
export interface Clock {
  /** Time since the Unix epoch, used for expiry. May jump in either direction. */
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
 * Creates a stopwatch, which returns the elapsed milliseconds. For the time between two calls, it uses the clock that
 * advanced further.
 *
 * The monotonic clock stops while the machine is suspended, and the wall clock may be set back. The stopwatch adds the
 * larger of the two differences, so its result is never less than the real time.
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

/** Function that returns the milliseconds elapsed since the stopwatch was created. */
export interface Stopwatch {
  (): number;
  /** Returns the wall time at the last call of the stopwatch, without reading a clock. */
  wall(): number;
}
