import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { postgresStore } from '@flairgate/stores/postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindsToTest, masterKey } from '../../../packages/stores/test/databases.js';
import { canStartRedis, type OwnRedis, ownRedis } from '../../../packages/stores/test/redis-server.js';
import { percentile } from '../../cluster/changes.ts';
import { type ClusterDatabase, ISSUER, makeDatabase, type Running, startProcess } from '../../cluster/processes.ts';
import { type DatabaseProxy, proxyTo } from '../../cluster/proxy.ts';
import { type Issuer, startIssuer } from '../../flow/services-fixture.ts';
import { type Ending, endings } from './endings.ts';
import { type Episode, watchEpisode } from './episode.ts';

/**
 * Runs of each of the 18 kinds of ending under each condition: `CONDITION='clock moved' KIND='key revoked'` runs
 * one of them. Prints a line for each: milliseconds after the acknowledgement until all gateways refuse.
 */
const TIMES = Number(process.env.TIMES ?? 30);
/** Endings that are made at the same time. */
const AT_ONCE = 2;
const BOUND_SECONDS = 3;
const GATEWAYS = 3;
const PROGRAM = fileURLToPath(new URL('gateway-program.mjs', import.meta.url));
const FAKE_TIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
/** Clocks of gateways, one after another: what their file says. */
const CLOCKS = ['-1h', '+20s', '-30d', '+1h'] as const;

/** The cluster, and the hands on it. */
interface EndingFixture {
  readonly gateways: readonly Running[];
  readonly proxy: DatabaseProxy;
  readonly redis: OwnRedis | undefined;
  setClock(offset: string): void;
}

type Condition = (scene: EndingFixture, at: number) => Pick<Episode, 'begin' | 'afterEndings' | 'mend'>;

const conditions: Readonly<Record<string, Condition>> = {
  'Redis stopped': ({ redis }) => ({
    begin: async () => redis?.pause(),
    mend: async () => redis?.resume(),
  }),
  'NOTIFY dropped': ({ proxy }) => ({
    begin: async () => proxy.deafen(),
    mend: async () => proxy.mend(),
  }),
  'database stalled': ({ proxy }) => ({
    begin: async () => proxy.stall(),
    mend: async () => proxy.mend(),
  }),
  // Every second time for longer than the bound.
  'gateway stopped and resumed': ({ gateways }, at) => ({
    begin: async () => signal(gateways, 'SIGSTOP'),
    afterEndings: () =>
      setTimeout(at % 2 === 0 ? 300 : BOUND_SECONDS * 1000 + 500).then(() => signal(gateways, 'SIGCONT')),
    mend: async () => signal(gateways, 'SIGCONT'),
  }),
  'clock moved, NOTIFY dropped': ({ proxy, setClock }, at) => ({
    async begin() {
      proxy.deafen();
      setClock(CLOCKS[at % CLOCKS.length] ?? '+0');
    },
    async mend() {
      setClock('+0');
      proxy.mend();
    },
  }),
};

function signal(gateways: readonly Running[], name: 'SIGSTOP' | 'SIGCONT'): void {
  for (const gateway of gateways) gateway.signal(name);
}

async function makeEnding(control: Issuer, kind: string, name: string): Promise<Ending> {
  const ending = await endings[kind]?.(control, name.replaceAll(/[^a-z0-9]+/gi, '-'));
  if (ending === undefined) throw new Error(`no such kind of ending: ${kind}`);
  return ending;
}

const [postgres] = await kindsToTest(['postgres']);
const chosen = (names: readonly string[], one: string | undefined) =>
  names.filter((name) => one === undefined || name === one);
const cases = chosen(Object.keys(conditions), process.env.CONDITION).flatMap((condition) =>
  chosen(Object.keys(endings), process.env.KIND).map((kind) => [condition, kind] as const),
);

describe.skipIf(postgres === undefined)(`${GATEWAYS} gateways with a bound of ${BOUND_SECONDS} s`, () => {
  let database: ClusterDatabase;
  let control: Issuer;
  let folder: string;
  let scene: EndingFixture;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flairgate-clock-'));
    const clock = join(folder, 'clock');
    const setClock = (offset: string) => writeFileSync(clock, offset);
    setClock('+0');
    database = await makeDatabase();
    // What is made before an episode is not under test, and a busy machine may take its time.
    const store = await postgresStore({ url: database.url, masterKey, lockTimeoutMs: 60_000 });
    control = await startIssuer({ store, issuer: ISSUER });
    const proxy = await proxyTo(database.url);
    const redis = canStartRedis() ? await ownRedis() : undefined;
    await redis?.start();
    const env = {
      DATABASE_URL: proxy.url,
      MASTER_KEY: masterKey.toString('hex'),
      ISSUER,
      BOUND_SECONDS: String(BOUND_SECONDS),
      ...(redis && { REDIS_URL: redis.url }),
      ...(existsSync(FAKE_TIME) && {
        LD_PRELOAD: FAKE_TIME,
        FAKETIME_TIMESTAMP_FILE: clock,
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        DONT_FAKE_MONOTONIC: '1',
      }),
    };
    const gateways = await Promise.all(Array.from({ length: GATEWAYS }, () => startProcess([PROGRAM], env)));
    scene = { gateways, proxy, redis, setClock };
  });

  afterAll(async () => {
    await Promise.all(scene?.gateways.map((gateway) => gateway.stop()) ?? []);
    await scene?.redis?.kill();
    await scene?.proxy.close();
    await control?.close();
    await database?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  let nth = 0;
  it.each(cases)('gateways refuse ended credentials in time: %s, %s', async (condition, kind) => {
    if (condition.startsWith('clock') && !existsSync(FAKE_TIME))
      return void process.stderr.write('skipped: no libfaketime\n');
    nth += 1;
    const made: Ending[] = [];
    for (let count = 0; count < TIMES; count += AT_ONCE) {
      const names = Array.from({ length: Math.min(AT_ONCE, TIMES - count) }, (_, at) => `${kind} ${nth} ${count + at}`);
      made.push(...(await Promise.all(names.map((name) => makeEnding(control, kind, name)))));
    }
    const hands = conditions[condition]?.(scene, nth);
    if (hands === undefined) throw new Error(`no such condition: ${condition}`);
    const { until, late, back } = await watchEpisode({
      ...hands,
      gateways: scene.gateways,
      endings: made,
      boundMs: BOUND_SECONDS * 1000,
    });
    const [p50, p99, max] = [50, 99, 100].map((of100) => Math.round(percentile(until, of100)));
    process.stdout.write(`${JSON.stringify({ condition, kind, count: made.length, p50, p99, max, late, back })}\n`);
    expect({ late, back, count: made.length }).toEqual({ late: 0, back: 0, count: TIMES });
  });
});
