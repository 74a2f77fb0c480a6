import type { After } from '../deadlines.js';

/** The two clocks of a process, in milliseconds. */
export interface Clock {
  /** Time since 1970. Judges expiry. May step. */
  wall(): number;
  /** Time since some start. Never goes back, but may stand still while the machine sleeps. */
  monotonic(): number;
  /** Calls `work` after so many milliseconds; returns what prevents that. Default: `setTimeout`. */
  readonly after?: After;
}

/** The clocks of this process. */
export const systemClock: Clock = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
};

/**
 * Gives a function that counts elapsed milliseconds by whichever clock went further.
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
  /** Wall time when it was last asked, without another look at the clock. */
  wall(): number;
}
