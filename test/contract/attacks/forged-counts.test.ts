import { redisLimits } from '@flairgate/stores/redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  dropPrefix,
  keysOf,
  newPrefix,
  onRedis,
  redisAnswers,
  redisUrl,
} from '../../../packages/stores/test/redis-server.js';

const WINDOW_SECONDS = 60;
const YEAR_MS = 365 * 86_400_000;

type Client = Parameters<Parameters<typeof onRedis>[1]>[0];

/** Ways in which another client of the same Redis may write the key of a count. */
const forgeries: Readonly<Record<string, (client: Client, key: string) => Promise<unknown>>> = {
  'a negative count': (client, key) => client.set(key, '-1000000', { PX: 30_000 }),
  'a count that never expires': (client, key) => client.set(key, '999999'),
  'a count that expires in a year': (client, key) => client.set(key, '999999', { PX: YEAR_MS }),
  'a text': (client, key) => client.set(key, 'x', { PX: 30_000 }),
  'an empty text': (client, key) => client.set(key, '', { PX: 30_000 }),
  'a fraction': (client, key) => client.set(key, '1.5', { PX: 30_000 }),
  'a count of 64 bits': (client, key) => client.set(key, '9223372036854775807', { PX: 30_000 }),
  'a count in another notation': (client, key) => client.set(key, '1e3', { PX: 30_000 }),
  'a list': async (client, key) => [await client.lPush(key, ['5']), await client.pExpire(key, 30_000)],
  'a hash': async (client, key) => [await client.hSet(key, 'n', '5'), await client.pExpire(key, 30_000)],
};

describe.skipIf(!(await redisAnswers()))('counts of limits that another client of Redis forges', () => {
  const prefix = newPrefix();
  let limits: Awaited<ReturnType<typeof redisLimits>>;
  beforeAll(async () => {
    limits = await redisLimits({ url: redisUrl, prefix });
  });
  afterAll(async () => {
    await limits.close();
    await dropPrefix(prefix);
  });

  it.each(Object.entries(forgeries))('forged counts in Redis begin a new window: %s', async (what, forge) => {
    const store = limits.storeFor({ name: 'forged', windowSeconds: WINDOW_SECONDS });
    await store.increment(what);
    const [key = ''] = (await keysOf(prefix)).filter((each) => each.endsWith(what));
    await onRedis(redisUrl, async (client) => {
      await client.del(key);
      await forge(client, key);
    });
    const first = await store.incrementBy(what, 3);
    const second = await store.incrementBy(what, 2);
    expect([first.totalHits, second.totalHits]).toEqual([3, 5]);
    const left = (first.resetTime?.getTime() ?? Number.POSITIVE_INFINITY) - Date.now();
    expect(left).toBeLessThanOrEqual(WINDOW_SECONDS * 1000);
  });

  it('counts of limits that another client of Redis forges are kept if they are a count of this window', async () => {
    const store = limits.storeFor({ name: 'forged', windowSeconds: WINDOW_SECONDS });
    await store.increment('count');
    const [key = ''] = (await keysOf(prefix)).filter((each) => each.endsWith(':count'));
    await onRedis(redisUrl, (client) => client.set(key, '41', { PX: 30_000 }));
    expect((await store.increment('count')).totalHits).toBe(42);
  });
});
