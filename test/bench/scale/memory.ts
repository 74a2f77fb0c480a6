import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { type Authenticator, createAuthenticator } from '@flairgate/core';
import { printFigure } from '../harness/figure.js';
import { permissions } from '../harness/fixture.js';
import type { BenchOptions } from '../harness/options.js';
import { printTimes, ratiosOf, type TimedCase, timeCases } from '../harness/time-cases.js';
import { storeWithKeys } from './fill-keys.js';

/** Measures what a cached principal takes, and what a full cache costs. */
export async function measureCache(options: BenchOptions): Promise<void> {
  const count = options.smoke ? 500 : 20_000;
  const { store, texts, remove } = await storeWithKeys('SQLite', count, count, permissions);
  try {
    const small = await filled(createAuthenticator({ store, maxCachedPrincipals: count }), texts.slice(0, 10));
    const before = heapUsed();
    const full = await filled(createAuthenticator({ store, maxCachedPrincipals: count }), texts);
    const perPrincipal = (heapUsed() - before) / count;
    printFigure('scale/memory of a cached principal with 20 permissions', 'bytes', [perPrincipal]);
    const names = { one: 'one of 10 cached', many: `one of ${count} cached, in random order` };
    const cases = [recalls(names.one, small, texts.slice(0, 10)), recalls(names.many, full, shuffled(texts))];
    const times = await timeCases(cases, options);
    printTimes('scale', times);
    printFigure('scale/full cache ÷ small one', 'ratio', ratiosOf(times, names.many, names.one));
    await Promise.all([small.close(), full.close()]);
  } finally {
    await remove();
  }
}

async function filled(authenticator: Authenticator, texts: readonly string[]): Promise<Authenticator> {
  for (const text of texts) assert.ok('in' in (await authenticator.authenticate({ kind: 'api-key', text }, undefined)));
  // Promises and their closures are gone a moment later.
  await setTimeout(10);
  return authenticator;
}

function recalls(name: string, authenticator: Authenticator, texts: readonly string[]): TimedCase {
  let at = 0;
  return {
    name,
    ready: async () => {
      if (!authenticator.revision.current()) await authenticator.revision.ensureCurrent();
    },
    run(count) {
      let right = 0;
      for (let index = 0; index < count; index++) {
        at = at + 1 >= texts.length ? 0 : at + 1;
        if (authenticator.getCached({ kind: 'api-key', text: texts[at] ?? '' }, undefined) !== undefined) right += 1;
      }
      return right;
    },
  };
}

/** Another order than they were cached in, the same in every run. */
function shuffled(texts: readonly string[]): readonly string[] {
  const step = 7919;
  return texts.map((_, index) => texts[(index * step) % texts.length] ?? '');
}

function heapUsed(): number {
  for (let pass = 0; pass < 3; pass++) globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
