import type { ServiceOptions } from '@flairgate/server';
import type { RedisLimits } from '@flairgate/stores/redis';
import type { Settings } from '../configuration/settings.js';
import { nameRedis } from '../database.js';

/**
 * Opens the call limit (rate limit) and the failure limit (limit on refused requests). With `REDIS_URL`, all processes
 * that use the same Redis count together.
 *
 * Both limits use the same time window.
 *
 * @throws OptionError if Redis refuses the user, password or database in the URL. If Redis cannot be reached, no error
 * is thrown, and each process counts alone until Redis can be reached again.
 */
export async function openLimits(
  settings: Settings,
  closers: (() => Promise<void> | void)[],
): Promise<Pick<ServiceOptions, 'gate' | 'rateLimit'>> {
  const store = await openShared(settings.REDIS_URL, settings.configuration.redisPrefix);
  if (store !== undefined) closers.push(() => store.close());
  return limitsOf(settings, store);
}

/** Returns the service options for both limits, as set in the settings. Without `store`, each process counts alone. */
export function limitsOf(
  settings: Settings,
  store: RedisLimits | undefined,
): Pick<ServiceOptions, 'gate' | 'rateLimit'> {
  const both = { store, windowSeconds: settings.FLAIRGATE_WINDOW_SECONDS };
  const { rateLimit } = settings.configuration;
  return {
    rateLimit: { ...rateLimit, ...both, limit: settings.FLAIRGATE_LIMIT, bulkLimit: settings.FLAIRGATE_BULK_LIMIT },
    gate: { failureLimit: { ...both, limit: settings.FLAIRGATE_FAILURE_LIMIT } },
  };
}

async function openShared(url: string | undefined, prefix: string | undefined): Promise<RedisLimits | undefined> {
  if (url === undefined) return undefined;
  try {
    const { redisLimits } = await import('@flairgate/stores/redis');
    return await redisLimits({ url, prefix });
  } catch (error) {
    throw nameRedis(error);
  }
}
