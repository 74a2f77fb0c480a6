import { expect, it } from 'vitest';
import { compareReadings } from '../property/token-readings.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
const COUNT = 100_000;

it(`each of ${COUNT} mutated tokens is read as jsonwebtoken reads it or refused, seed ${seed}`, () => {
  const readings = compareReadings(COUNT, seed);
  console.log(`SEED=${seed} ${JSON.stringify(readings)}`);
  expect(Math.min(readings.accepted, readings.refusedHere, readings.refused)).toBeGreaterThan(3000);
});
