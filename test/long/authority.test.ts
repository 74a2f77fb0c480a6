import { expect, it } from 'vitest';
import { coverageTable, KEYS_AND_TOKENS, uncovered } from '../property/authority/coverage.ts';
import { walk } from '../property/authority/walk.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
const commands = Number(process.env.COMMANDS ?? 20_000);

/** Five walks, because each begins with a young world: 100,000 commands in all. */
it.each([
  ['memory', seed],
  ['memory', seed + 1],
  ['memory', seed + 2],
  ['memory', seed + 3],
  ['sqlite', seed + 4],
] as const)('a long walk on %s finds nobody with more than was theirs to give, seed %i', async (store, from) => {
  const { differences, coverage, open } = await walk({ seed: from, commands, store });
  console.log(`SEED=${from} COMMANDS=${commands} on ${store}\n${coverageTable(coverage, open)}`);
  expect(differences).toEqual([]);
  expect(uncovered(coverage, KEYS_AND_TOKENS)).toEqual([]);
});
