import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type Authenticator, createAuthenticator } from '@flairgate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindsToTest } from '../../../packages/stores/test/databases.js';
import { type ManyKeys, storeWithKeys } from '../../bench/scale/fill-keys.js';
import { ask } from '../../cluster/ask.ts';
import { percentile } from '../../cluster/changes.ts';
import { openStore } from '../../cluster/cluster.ts';
import { type ClusterDatabase, ISSUER, makeDatabase, type Running, startGateway } from '../../cluster/processes.ts';
import { byKey, byToken, type Issuer, startIssuer } from '../../flow/services-fixture.ts';

const SIZES = [1000, 100_000, 1_000_000] as const;
const USABLE = 200;
const ROUNDS = 40;
const LOOK_UPS = 50;
const FLAT = 1.2;

const kinds = await kindsToTest(['sqlite', 'postgres']);

describe.each(kinds)('a key that is not in the cache, on %s', (kind) => {
  it('a key that is not in the cache is found as fast among a million as among a thousand', async () => {
    const stores: ManyKeys[] = [];
    try {
      for (const size of SIZES) stores.push(await filled(kind, size));
      const times = await lookUpTimes(stores);
      const least = times[0] ?? Number.NaN;
      const ratios = times.map((us) => Math.round((us / least) * 100) / 100);
      process.stdout.write(`${JSON.stringify({ what: 'look-up', kind, sizes: SIZES, us: times, ratios })}\n`);
      for (const ratio of ratios) expect(ratio).toBeLessThanOrEqual(FLAT);
    } finally {
      for (const { remove } of stores) await remove();
    }
  });
});

describe.skipIf(!kinds.includes('postgres'))('gateways on one PostgreSQL', () => {
  let database: ClusterDatabase;
  let control: Issuer;

  beforeAll(async () => {
    database = await makeDatabase();
    control = await startIssuer({ store: await openStore(database.url), issuer: ISSUER });
  });

  afterAll(async () => {
    await control?.close();
    await database?.remove();
  });

  it('gateways on one PostgreSQL cost as much for a request, however many there are', async () => {
    const oid = await control.organization('acme');
    const { text } = await control.key(oid, 'load', ['dr.list']);
    const headers = [byKey(text), byToken(await control.token({ oid, secret: text }))];
    const figures = [];
    for (const count of [1, 2, 4]) {
      const gateways = await Promise.all(Array.from({ length: count }, () => startGateway(database.url)));
      try {
        await drive(gateways, headers, 1000);
        const most = await drive(gateways, headers, 6000);
        // As busy as it can be, a machine of few processors charges each request for the changes between processes.
        const steady = await drive(gateways, headers, 6000, STEADY_REST_MS);
        figures.push({ processes: count, perSecond: most.perSecond, steady });
      } finally {
        await Promise.all(gateways.map((gateway) => gateway.stop()));
      }
    }
    process.stdout.write(`${JSON.stringify({ what: 'requests', figures })}\n`);
    const [one, , four] = figures.map(({ steady }) => steady.cpuUsPerRequest);
    expect((four ?? Number.NaN) / (one ?? Number.NaN)).toBeLessThanOrEqual(FLAT);
  });
});

function filled(kind: string, size: number): Promise<ManyKeys> {
  return storeWithKeys(kind === 'postgres' ? 'PostgreSQL' : 'SQLite', size, USABLE, ['dr.list']);
}

/**
 * Measures the median microseconds of a lookup in each store, in turns, so that other load affects all of them equally.
 */
async function lookUpTimes(stores: readonly ManyKeys[]): Promise<readonly number[]> {
  const seekers = stores.map(seeker);
  for (const each of seekers) for (let warm = 0; warm < 2 * USABLE; warm += 1) await each.next();
  for (let round = 0; round < ROUNDS; round += 1) for (const each of seekers) await each.measure();
  await Promise.all(seekers.map((each) => each.stop()));
  return seekers.map(({ perLookUpUs }) => median(perLookUpUs));
}

interface Seeker {
  /** Microseconds for each round. */
  readonly perLookUpUs: number[];
  next(): Promise<void>;
  measure(): Promise<void>;
  stop: Authenticator['close'];
}

/** With room for one principal, no key of the round is ever found in the cache. */
function seeker({ store, texts }: ManyKeys): Seeker {
  const authenticator = createAuthenticator({ store, maxCachedPrincipals: 1 });
  const perLookUpUs: number[] = [];
  let at = 0;
  const next = async () => {
    at = (at + 1) % texts.length;
    const found = await authenticator.authenticate({ kind: 'api-key', text: texts[at] ?? '' }, undefined);
    if ('code' in found) throw new Error(`a good key was refused: ${found.code}`);
  };
  return {
    perLookUpUs,
    next,
    async measure() {
      const from = performance.now();
      for (let count = 0; count < LOOK_UPS; count += 1) await next();
      perLookUpUs.push(((performance.now() - from) * 1000) / LOOK_UPS);
    },
    stop: () => authenticator.close(),
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(percentile(sorted, 50));
}

const CALLERS = 4;

/** Pause of a caller between two questions, so that each gateway has some 190 a second, however many there are. */
const STEADY_REST_MS = 20;

/** Has four callers for each gateway ask them by turns for a while. */
async function drive(
  gateways: readonly Running[],
  headers: readonly Readonly<Record<string, string>>[],
  ms: number,
  restMs = 0,
) {
  const cpuBefore = cpuMsOf(gateways);
  const from = performance.now();
  let answers = 0;
  const call = async (first: number) => {
    for (let turn = first; performance.now() - from < ms; turn += 1) {
      const { status } = await ask(`${gateways[turn % gateways.length]?.url}/v1/who`, headers[turn % 2] ?? {});
      if (status !== 200) throw new Error(`answered ${status}`);
      answers += 1;
      if (restMs > 0) await setTimeout(restMs);
    }
  };
  await Promise.all(Array.from({ length: CALLERS * gateways.length }, (_, first) => call(first)));
  const seconds = (performance.now() - from) / 1000;
  return {
    perSecond: Math.round(answers / seconds),
    cpuUsPerRequest: Math.round(((cpuMsOf(gateways) - cpuBefore) * 1000) / answers),
  };
}

const TICKS_PER_SECOND = 100;
const USER_TIME = 11;
const SYSTEM_TIME = 12;

/** Processor time the processes took since they started, as Linux counts it. */
function cpuMsOf(processes: readonly Running[]): number {
  const ticks = processes.map(({ pid }) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[USER_TIME]) + Number(fields[SYSTEM_TIME]);
  });
  return ticks.reduce((sum, each) => sum + each, 0) * (1000 / TICKS_PER_SECOND);
}
