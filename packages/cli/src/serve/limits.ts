import type { ServiceOptions } from '@flairgate/server';
import type { RedisLimits } from '@flairgate/stores/redis';
import { nameRedis } from '../database.js';
import type { Environment } from '../environment.js';

/**
 * Reads the limits of the environment; with `REDIS_URL` all processes on that Redis count together.
 *
 * Both limits share one window.
 *
 * @throws OptionError when Redis refuses its user. One that is down is no error: until it is back, each process counts alone.
 */
export async function openLimits(
  environment: Environment,
  closers: (() => Promise<void> | void)[],
): Promise<Pick<ServiceOptions, 'gate' | 'rateLimit'>> {
  const store = await openShared(environment.REDIS_URL);
  if (store !== undefined) closers.push(() => store.close());
  const both = { store, windowSeconds: environment.FLAIRGATE_WINDOW_SECONDS };
  return {
    rateLimit: { ...both, limit: environment.FLAIRGATE_LIMIT, bulkLimit: environment.FLAIRGATE_BULK_LIMIT },
    gate: { failureLimit: { ...both, limit: environment.FLAIRGATE_FAILURE_LIMIT } },
  };
}

async function openShared(url: string | undefined): Promise<RedisLimits | undefined> {
  if (url === undefined) return undefined;
  try {
    const { redisLimits } = await import('@flairgate/stores/redis');
    return await redisLimits({ url });
  } catch (error) {
    throw nameRedis(error);
  }
}
