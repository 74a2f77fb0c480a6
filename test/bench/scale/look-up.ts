import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { createAuthenticator } from '@flairgate/core';
import { printFigure } from '../harness/figure.js';
import type { BenchOptions } from '../harness/options.js';
import { permissions } from '../harness/setting.js';
import { printTimes, ratiosOf, type TimedCase, timeCases } from '../harness/time-cases.js';
import { type ManyKeys, storeWithKeys } from './fill-keys.js';

const USABLE = 200;
const SIZES = [1_000, 10_000, 100_000, 1_000_000] as const;

/** Times the look-up of a key that is not in the cache, in files with ever more keys. */
export async function measureLookUp(options: BenchOptions): Promise<void> {
  const sizes = options.smoke ? SIZES.slice(0, 2) : SIZES;
  const stores: ManyKeys[] = [];
  try {
    for (const size of sizes) stores.push(await storeWithKeys(size, USABLE, permissions));
    const cases: TimedCase[] = [];
    for (const [index, size] of sizes.entries()) {
      const keys = stores[index];
      if (keys !== undefined) cases.push(await lookUps(nameOf(size), keys));
    }
    const times = await timeCases(cases, options);
    printTimes('scale', times);
    const ratios = ratiosOf(times, nameOf(sizes.at(-1) ?? 0), nameOf(sizes[0]));
    printFigure('scale/look-up in the largest ÷ in the smallest', 'ratio', ratios);
  } finally {
    for (const { store, folder } of stores) {
      await store.close();
      rmSync(folder, { recursive: true });
    }
  }
}

function nameOf(size: number): string {
  return `look-up among ${size} keys`;
}

/** With room for one principal, no key of the round is ever found in the cache. */
async function lookUps(name: string, { store, texts }: ManyKeys): Promise<TimedCase> {
  const authenticator = createAuthenticator({ store, maxCachedPrincipals: 1 });
  let at = 0;
  const next = async () => {
    at = (at + 1) % texts.length;
    return 'in' in (await authenticator.identify({ kind: 'api-key', text: texts[at] ?? '' }, undefined));
  };
  for (const _ of texts) assert.ok(await next(), name);
  const wrong = await authenticator.identify({ kind: 'api-key', text: 'unknown' }, undefined);
  assert.ok('code' in wrong);
  return {
    name,
    async run(count) {
      let right = 0;
      for (let index = 0; index < count; index++) if (await next()) right += 1;
      return right;
    },
  };
}
