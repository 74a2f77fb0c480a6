import { loadavg } from 'node:os';
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
  let redis: OwnRedis | undefined;

  beforeAll(async () => {
    redis = canStartRedis() ? await ownRedis() : undefined;
    await redis?.start();
    cluster = await startCluster(redis?.url);
  });

  afterAll(async () => {
    await cluster?.close();
    await redis?.kill();
  });

  // On a machine that is busy with other things a change and a question alone take long: that is no delay of the push.
  it.each(Object.keys(changes))('all refuse key and token in time: %s', async (kind) => {
    const measured = await measure(cluster, kind, TIMES, BOUND_MS);
    const [until, change, round] = [summary(measured.until), summary(measured.change), summary(measured.round)];
    const load = loadavg()[0]?.toFixed(1);
    process.stdout.write(`${JSON.stringify({ kind, count: TIMES, until, change, round, load })}\n`);
    expect(until.most).toBeLessThanOrEqual(BOUND_MS);
    expect(until.p99).toBeLessThanOrEqual(WITH_PUSH_MS + change.p99 + 2 * round.p99);
  });
});

function summary(sorted: readonly number[]) {
  const [p50 = Number.NaN, p99 = Number.NaN, most = Number.NaN] = [50, 99, 100].map((of100) =>
    Math.round(percentile(sorted, of100)),
  );
  return { p50, p99, most };
}
