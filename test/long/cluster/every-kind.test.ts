import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kindsToTest } from '../../../packages/stores/test/databases.js';
import { canStartRedis, type OwnRedis, ownRedis } from '../../../packages/stores/test/redis-server.js';
import { measure, percentile } from '../../cluster/changes.ts';
import { type Cluster, startCluster } from '../../cluster/cluster.ts';

const BOUND_MS = 30_000;
const TIMES = 10;
const KINDS = ['revoke', 'disable', 'rotate', 'narrow', 'remove from group'];

const [postgres] = await kindsToTest(['postgres']);

describe.skipIf(postgres === undefined)(
  'four gateways and two services without a database',
  { timeout: 60_000 },
  () => {
    let cluster: Cluster;
    let redis: OwnRedis | undefined;

    beforeAll(async () => {
      redis = canStartRedis() ? await ownRedis() : undefined;
      await redis?.start();
      cluster = await startCluster({ redisUrl: redis?.url });
    });

    afterAll(async () => {
      await cluster?.close();
      await redis?.kill();
    });

    // A push that does not work would leave the regular sync, every ten seconds.
    it.each(KINDS)(
      'four gateways and two services refuse key and token within the bound, and by the push: %s',
      async (kind) => {
        const { until } = await measure(cluster, kind, TIMES, BOUND_MS);
        expect(until).toHaveLength(TIMES);
        expect(percentile(until, 50)).toBeLessThan(1000);
      },
    );
  },
);
