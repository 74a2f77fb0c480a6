import { expect, test } from 'vitest';
import { type Deployment, predict } from './fleet-model.ts';
import { type Counted, simulate } from './simulate.ts';

const small: Deployment = {
  gateways: 6,
  requests: 600,
  keys: 2000,
  exponent: 1,
  cached: 500,
  sticky: false,
  changes: 1,
  boundSeconds: 30,
  lost: 0,
  pushMs: 4,
  syncMs: 4,
};

const large: Deployment = {
  ...small,
  gateways: 1000,
  requests: 1_000_000,
  keys: 10_000_000,
  cached: 100_000,
  changes: 10,
};

const fleets: readonly (readonly [string, Deployment, { readonly seconds: number; readonly withTraffic: number }])[] = [
  ['six processes', small, { seconds: 300, withTraffic: 6 }],
  ['six processes that lose half of all pushes', { ...small, lost: 0.5 }, { seconds: 600, withTraffic: 6 }],
  ['six processes that hear of nothing', { ...small, lost: 1 }, { seconds: 600, withTraffic: 6 }],
  ['six processes with a slow primary', { ...small, syncMs: 400, changes: 5 }, { seconds: 300, withTraffic: 6 }],
  ['1000 gateways', large, { seconds: 15, withTraffic: 1 }],
  ['1000 gateways that lose a tenth of all pushes', { ...large, lost: 0.1 }, { seconds: 15, withTraffic: 1 }],
  ['1000 gateways, callers kept together', { ...large, sticky: true }, { seconds: 15, withTraffic: 1 }],
];

test.each(fleets)('the model agrees with a simulation of %s', { timeout: 240_000 }, (name, fleet, run) => {
  const counted: Counted = simulate(fleet, { seed: 7, ...run });
  const predicted = predict(fleet);
  process.stderr.write(`${JSON.stringify({ fleet: name, predicted, counted })}\n`);
  expect(counted.requests).toBeGreaterThan(10_000);
  expect(Math.abs(counted.hitRate - predicted.hitRate)).toBeLessThan(0.03);
  expect(counted.syncs / predicted.syncs).toBeGreaterThan(0.9);
  expect(counted.syncs / predicted.syncs).toBeLessThan(1.1);
  expect(counted.meanStaleMs / predicted.staleMs).toBeGreaterThan(0.7);
  expect(counted.meanStaleMs / predicted.staleMs).toBeLessThan(1.3);
  expect(counted.maxStaleMs).toBeLessThan(predicted.stalestMs * 2);
  expect(counted.maxStaleMs).toBeLessThan(fleet.boundSeconds * 1000);
  expect(counted.pastTheBound).toBe(0);
});

test('one seed gives one run, another seed another run', () => {
  const run = (seed: number) => simulate(small, { seed, seconds: 20, withTraffic: 6 });
  expect(run(1)).toEqual(run(1));
  expect(run(1)).not.toEqual(run(2));
});
