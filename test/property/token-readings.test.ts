import { expect, it } from 'vitest';
import { compareReadings } from './token-readings.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));

it(`a token with a right signature is read as jsonwebtoken reads it or refused, seed ${seed}`, () => {
  const { accepted, refusedHere, refused } = compareReadings(10_000, seed);
  // Each kind of text must occur, or the mutations show nothing.
  expect(Math.min(accepted, refusedHere, refused)).toBeGreaterThan(300);
});
