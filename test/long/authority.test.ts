import { expect, it } from 'vitest';
import { kindsToTest } from '../../packages/stores/test/databases.js';
import { coverageTable, KEYS_AND_TOKENS, uncovered } from '../property/authority/coverage.ts';
import { walk } from '../property/authority/walk.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
const commands = Number(process.env.COMMANDS ?? 20_000);

/** Five walks in the process, because each begins with a young world, and a shorter one on PostgreSQL. */
const walks = [
  ['memory', commands],
  ['memory', commands],
  ['memory', commands],
  ['memory', commands],
  ['sqlite', commands],
  ['postgres', Math.ceil(commands / 4)],
] as const;
const kinds = await kindsToTest(['memory', 'sqlite', 'postgres']);
const cases = walks.map(([store, many], at) => [store, seed + at, many] as const);

it.each(cases.filter(([store]) => kinds.includes(store)))(
  'a long walk on %s finds no caller with more than was theirs to give, seed %i, %i commands',
  async (store, from, many) => {
    const started = Date.now();
    const { differences, coverage, open } = await walk({ seed: from, commands: many, store });
    const seconds = Math.round((Date.now() - started) / 1000);
    console.log(`SEED=${from} COMMANDS=${many} on ${store}, ${seconds} s\n${coverageTable(coverage, open)}`);
    expect(differences).toEqual([]);
    expect(uncovered(coverage, KEYS_AND_TOKENS)).toEqual([]);
  },
);
