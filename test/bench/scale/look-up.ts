import assert from 'node:assert/strict';
import { createAuthenticator } from '@flairgate/core';
import { printFigure } from '../harness/figure.js';
import { hasPostgres, permissions } from '../harness/fixture.js';
import type { BenchOptions } from '../harness/options.js';
import { printTimes, ratiosOf, type TimedCase, timeCases } from '../harness/time-cases.js';
import { type Database, type ManyKeys, storeWithKeys } from './fill-keys.js';

const USABLE = 200;

/** Keys in the database; what is between smallest and largest is there to show the course. */
const SIZES: Readonly<Record<Database, readonly number[]>> = {
  SQLite: [1_000, 10_000, 100_000, 1_000_000],
  PostgreSQL: [1_000, 1_000_000],
};
const SMOKE_SIZES = [1_000, 10_000];

/** Times the look-up of a key that is not in the cache, in databases with ever more keys. */
export async function measureLookUp(options: BenchOptions): Promise<void> {
  await measureIn('SQLite', options);
  if (await hasPostgres()) await measureIn('PostgreSQL', options);
}

async function measureIn(database: Database, options: BenchOptions): Promise<void> {
  const sizes = options.smoke ? SMOKE_SIZES : SIZES[database];
  const nameOf = (size: number | undefined) => `look-up among ${size} keys, ${database}`;
  const stores: ManyKeys[] = [];
  try {
    const cases: TimedCase[] = [];
    for (const size of sizes) {
      const keys = await storeWithKeys(database, size, USABLE, permissions);
      stores.push(keys);
      cases.push(await lookUps(nameOf(size), keys, database));
    }
    const times = await timeCases(cases, options);
    printTimes('scale', times);
    const ratios = ratiosOf(times, nameOf(sizes.at(-1)), nameOf(sizes[0]));
    printFigure(`scale/look-up in the largest ÷ in the smallest, ${database}`, 'ratio', ratios);
  } finally {
    for (const { remove } of stores) await remove();
  }
}

/** With room for one principal, no key of the round is ever found in the cache. */
async function lookUps(name: string, { store, texts }: ManyKeys, database: Database): Promise<TimedCase> {
  const authenticator = createAuthenticator({ store, maxCachedPrincipals: 1 });
  let at = 0;
  const next = async () => {
    at = (at + 1) % texts.length;
    return 'in' in (await authenticator.authenticate({ kind: 'api-key', text: texts[at] ?? '' }, undefined));
  };
  for (const _ of texts) assert.ok(await next(), name);
  const wrong = await authenticator.authenticate({ kind: 'api-key', text: 'unknown' }, undefined);
  assert.ok('code' in wrong);
  return {
    name,
    // The server works for its share of the time in a process of its own.
    clock: database === 'SQLite' ? 'cpu' : 'wall',
    async run(count) {
      let right = 0;
      for (let index = 0; index < count; index++) if (await next()) right += 1;
      return right;
    },
  };
}
