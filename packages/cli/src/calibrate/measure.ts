import { randomBytes } from 'node:crypto';
import { createHasher, hashSecret } from '@flairgate/core/calibrate';
import { mintKeyId, mintKeyText } from '@flairgate/core/internal';

const FEWEST_ROUNDS = 1000;
const MOST_ROUNDS = 10_000_000;
const FIRST_ROUNDS = 15_000;
const REPEATS = 4;
const REFINEMENTS = 3;

/** Number of times that {@link measureSpeed} calls `step`. */
export const SPEED_STEPS = REFINEMENTS * REPEATS;

/**
 * Maximum target duration of one measured verification, in milliseconds. This duration is long enough for the
 * resolution of the timer, and short enough for a person to wait.
 */
const LONGEST_MS = 50;

/**
 * Measures how many iterations (rounds) of PBKDF2-HMAC-SHA-256 one core computes per second. Keys are verified in the
 * same way as in a service.
 *
 * The result is based on the shortest of four mean durations, because other load on the machine can only make a
 * measurement longer. Calls `step` {@link SPEED_STEPS} times, to show the progress.
 */
export async function measureSpeed(targetMs: number, step: () => void): Promise<number> {
  let rounds = FIRST_ROUNDS;
  let speed = 0;
  for (let refinement = 0; refinement < REFINEMENTS; refinement += 1) {
    speed = (rounds / (await measureVerification(rounds, step))) * 1000;
    rounds = clampRounds((speed * Math.min(targetMs, LONGEST_MS)) / 1000);
  }
  return speed;
}

/** Limits a number of rounds to the range that the configuration file allows: 1,000 to 10,000,000. */
export function clampRounds(rounds: number): number {
  return Math.min(MOST_ROUNDS, Math.max(FEWEST_ROUNDS, Math.round(rounds)));
}

/** Returns the duration of one verification in milliseconds. */
async function measureVerification(rounds: number, step: () => void): Promise<number> {
  const { verify } = createHasher();
  const text = mintKeyText('fg', mintKeyId(randomBytes), randomBytes);
  const stored = await hashSecret(text, { scheme: 'pbkdf2-sha256', rounds }, randomBytes);
  let lowest = Number.POSITIVE_INFINITY;
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const started = performance.now();
    for (let turn = 0; turn < REPEATS; turn += 1) await verify(text, stored);
    lowest = Math.min(lowest, (performance.now() - started) / REPEATS);
    step();
  }
  return lowest;
}
