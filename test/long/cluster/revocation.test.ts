import { availableParallelism, loadavg } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindsToTest } from '../../../packages/stores/test/databases.js';
import { canStartRedis, type OwnRedis, ownRedis } from '../../../packages/stores/test/redis-server.js';
import { changes, measure, percentile } from '../../cluster/changes.ts';
import { type Cluster, startCluster } from '../../cluster/cluster.ts';

const BOUND_MS = 30_000;
const WITH_PUSH_MS = 100;
const TIMES = Number(process.env.TIMES ?? 200);

const [postgres] = await kindsToTest(['postgres']);

describe.skipIf(postgres === undefined)('four gateways and two services without a database', () => {
  let cluster: Cluster;
  let isQuiet: boolean;
  let redis: OwnRedis | undefined;

  beforeAll(async () => {
    isQuiet = load() < availableParallelism() / 2;
    redis = canStartRedis() ? await ownRedis() : undefined;
    await redis?.start();
    cluster = await startCluster({ redisUrl: redis?.url });
  });

  afterAll(async () => {
    await cluster?.close();
    await redis?.kill();
  });

  it.each(Object.keys(changes))('four gateways and two services refuse key and token in time: %s', async (kind) => {
    const measured = await measure(cluster, kind, TIMES, BOUND_MS);
    const [until, change, round] = [summary(measured.until), summary(measured.change), summary(measured.round)];
    process.stdout.write(`${JSON.stringify({ kind, count: TIMES, until, change, round, isQuiet, load: load() })}\n`);
    expect(until.most).toBeLessThanOrEqual(BOUND_MS);
    // Where others use the processors, seven processes that wait for one say nothing about the push.
    if (isQuiet || until.p99 <= WITH_PUSH_MS) expect(until.p99).toBeLessThanOrEqual(WITH_PUSH_MS);
    else process.stderr.write(`not judged: p99 of at most ${WITH_PUSH_MS} ms; the machine was busy before the test\n`);
  });
});

function load(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

function summary(sorted: readonly number[]) {
  const [p50 = Number.NaN, p99 = Number.NaN, most = Number.NaN] = [50, 99, 100].map((of100) =>
    Math.round(percentile(sorted, of100)),
  );
  return { p50, p99, most };
}
