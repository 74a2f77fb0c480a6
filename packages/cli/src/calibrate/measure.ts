import { randomBytes } from 'node:crypto';
import { createHasher, hashSecret } from '@flairgate/core/calibrate';
import { mintKeyId, mintKeyText } from '@flairgate/core/internal';

const FEWEST_ROUNDS = 1000;
const MOST_ROUNDS = 10_000_000;
const FIRST_ROUNDS = 15_000;
const REPEATS = 4;
const REFINEMENTS = 3;

/** Steps of {@link measureSpeed}. */
export const SPEED_STEPS = REFINEMENTS * REPEATS;

/** Each verification is made about this long: long against the timer, short against patience. */
const LONGEST_MS = 50;

/**
 * Measures how many rounds of PBKDF2-HMAC-SHA-256 one core does in a second, while it verifies a key as a service does.
 *
 * The lowest of four means counts: what disturbs a measurement only ever makes it longer. `step` is called
 * {@link SPEED_STEPS} times.
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

/** Rounds that may be configured. */
export function clampRounds(rounds: number): number {
  return Math.min(MOST_ROUNDS, Math.max(FEWEST_ROUNDS, Math.round(rounds)));
}

/** Milliseconds of one verification. */
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
