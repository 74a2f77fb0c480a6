import { setKeyState } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asAdmin, kindsToTest } from '../../../packages/stores/test/databases.js';
import { type Cluster, openStore, startCluster } from '../../cluster/cluster.ts';
import { byKey, done, OPERATOR } from '../../flow/services-fixture.ts';
import { type Deployment, predict } from './fleet-model.ts';
import { simulate } from './simulate.ts';
import { seeded, untilNext, zipfBands, zipfSampler } from './zipf.ts';

const KEYS = 60;
const SECONDS = 25;
const REQUESTS = 60;
const CHANGES = 2;

let cluster: Cluster | undefined;
let store: Store;

const isHere = (await kindsToTest(['postgres'])).length > 0;

beforeAll(async () => {
  if (!isHere) return;
  cluster = await startCluster(undefined);
  store = await openStore(cluster.database.url);
}, 120_000);
afterAll(async () => {
  await store?.close();
  await cluster?.close();
});

interface Made {
  readonly oid: string;
  readonly keyId: string;
  readonly text: string;
}

/** Returns the numbers of syncs that the gateways report. */
async function syncsOf({ gateways }: Cluster): Promise<{ readonly syncs: number; readonly failed: number }> {
  const counters = await Promise.all(
    gateways.map(async ({ url }) => (await (await fetch(`${url}/readyz`)).json()) as Ready),
  );
  const all = counters.map(({ syncs: { current, changed, reset } }) => current + changed + reset);
  return { syncs: sum(all), failed: sum(counters.map(({ syncs }) => syncs.failed)) };
}

interface Ready {
  readonly syncs: Readonly<Record<'current' | 'changed' | 'reset' | 'failed', number>>;
}

/** Transactions of the cluster's database so far. The server writes them down a second late. */
async function transactionsOf({ database }: Cluster): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const name = new URL(database.url).pathname.slice(1);
  const { rows } = await asAdmin((client) =>
    client.query('select xact_commit as count from pg_stat_database where datname = $1', [name]),
  );
  return Number(rows[0]?.count);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Milliseconds of one look at the primary, from this process, as the gateways make theirs. */
async function lookMs(): Promise<number> {
  const startedAt = performance.now();
  for (let reads = 0; reads < 200; reads++) await store.read((tx) => tx.get('revision', { id: 1 }));
  return (performance.now() - startedAt) / 200;
}

/** Runs `step` at random moments, `perSecond` times a second on average, until the time is over. */
async function atRandom(seed: number, perSecond: number, step: () => Promise<unknown>): Promise<number> {
  const chance = seeded(seed);
  const end = performance.now() + SECONDS * 1000;
  const under: Promise<unknown>[] = [];
  for (let at = performance.now() + untilNext(chance, perSecond); at < end; at += untilNext(chance, perSecond)) {
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())));
    under.push(step());
  }
  await Promise.all(under);
  return under.length;
}

test.runIf(isHere)('the simulation agrees with four gateways and two services', { timeout: 240_000 }, async () => {
  if (cluster === undefined) return;
  const running = cluster;
  const made = await makeKeys(running);
  const chance = seeded(3);
  const draw = zipfSampler(zipfBands(KEYS, 1), chance);
  for (const { text } of made) await Promise.all(running.all.map(({ url }) => who(url, text)));
  const syncMs = await lookMs();
  const before = { ...(await syncsOf(running)), transactions: await transactionsOf(running) };
  const from = performance.now();
  const statuses = new Map<number, number>();
  const [requests, changes] = await Promise.all([
    atRandom(1, REQUESTS, async () => {
      const { url } = running.all[Math.floor(chance() * running.all.length)] ?? { url: '' };
      const status = await who(url, made[draw()]?.text ?? '');
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }),
    atRandom(2, CHANGES, () => touch(running, made[Math.floor(chance() * KEYS)])),
  ]);
  const seconds = (performance.now() - from) / 1000;
  const after = { ...(await syncsOf(running)), transactions: await transactionsOf(running) };
  const fleet: Deployment = {
    gateways: running.gateways.length,
    requests: (requests / seconds) * (running.gateways.length / running.all.length),
    keys: KEYS,
    exponent: 1,
    cached: 10_000,
    sticky: false,
    changes: changes / seconds,
    boundSeconds: 30,
    lost: 0,
    pushMs: 2,
    syncMs,
  };
  const measured = {
    syncs: (after.syncs - before.syncs) / seconds,
    transactions: (after.transactions - before.transactions) / seconds,
    failed: after.failed - before.failed,
    lookMs: syncMs,
    statuses: Object.fromEntries(statuses),
  };
  const predicted = predict(fleet);
  const simulated = simulate(fleet, { seed: 5, seconds: 300, withTraffic: fleet.gateways });
  process.stderr.write(`${JSON.stringify({ fleet, measured, predicted, simulated })}\n`);
  expect([...statuses.keys()]).toEqual([200]);
  expect(measured.failed).toBe(0);
  // A busy machine makes pauses, and each of them one more look.
  expect(measured.syncs / simulated.syncs).toBeGreaterThan(0.8);
  expect(measured.syncs / simulated.syncs).toBeLessThan(1.5);
});

async function makeKeys({ control }: Cluster): Promise<readonly Made[]> {
  const oid = await control.organization('scale');
  const keys: Made[] = [];
  for (let at = 0; at < KEYS; at++) {
    const { text, keyId } = await control.key(oid, `key ${at}`, ['dr.list']);
    keys.push({ oid, keyId, text });
  }
  return keys;
}

async function who(url: string, key: string): Promise<number> {
  const response = await fetch(`${url}/v1/who`, { headers: byKey(key) });
  await response.arrayBuffer();
  return response.status;
}

/** Makes a change of a key that leaves the key as it is, so that every process has to read it again. */
async function touch({ control }: Cluster, key: Made | undefined): Promise<void> {
  if (key === undefined) return;
  const { oid, keyId } = key;
  await done(setKeyState(control.service.context.administration, OPERATOR, { oid, keyId }, 'enabled'));
}
