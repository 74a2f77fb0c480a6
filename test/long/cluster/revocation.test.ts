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

  // Seven processes and the databases share the processors: what waits for one of them is no delay of the push.
  it.each(Object.keys(changes))('all refuse key and token in time: %s', async (kind) => {
    const noise = await stallMs();
    const times = await measure(cluster, kind, TIMES, BOUND_MS);
    const [p50, p99, most] = [50, 99, 100].map((share) => Math.round(percentile(times, share)));
    const load = loadavg()[0]?.toFixed(1);
    process.stdout.write(`${JSON.stringify({ kind, count: times.length, p50, p99, most, noise, load })}\n`);
    expect(most).toBeLessThanOrEqual(BOUND_MS);
    expect(p99).toBeLessThanOrEqual(WITH_PUSH_MS + noise * cluster.all.length);
  });
});

/** How late the latest of many timers is on this machine, as it is just now. */
async function stallMs(): Promise<number> {
  let worst = 0;
  for (let count = 0; count < 500; count += 1) {
    const from = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 2));
    worst = Math.max(worst, performance.now() - from - 2);
  }
  return Math.round(worst);
}
