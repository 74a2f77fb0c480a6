import { expect, it } from 'vitest';
import { coverageTable, KEYS, uncovered } from './coverage.ts';
import { walk } from './walk.ts';

const seeds = (process.env.SEED ?? '122').split(',').map(Number);
const commands = Number(process.env.COMMANDS ?? 1000);

it.each(seeds)(
  'a random walk over two tenants finds no caller with more than was theirs to give, seed %i',
  async (seed) => {
    const { differences, coverage, open } = await walk({ seed, commands });
    console.log(`SEED=${seed} COMMANDS=${commands}\n${coverageTable(coverage, open)}`);
    expect(differences).toEqual([]);
    if (commands >= 1000) expect(uncovered(coverage, KEYS)).toEqual([]);
  },
  600_000,
);
