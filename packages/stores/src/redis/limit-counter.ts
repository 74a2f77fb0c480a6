import type { ClientRateLimitInfo, Store } from 'express-rate-limit';
import type { SendCommandFn } from 'rate-limit-redis';

/**
 * Counter of one rate limit. Unlike a counter of rate-limit-redis, this counter can add several hits (counted requests)
 * in one command.
 */
export type LimitCounter = Store & {
  /** Adds hits to the count of `key` in one command, and returns the new count. */
  incrementBy(key: string, hits: number): Promise<ClientRateLimitInfo>;
};

/**
 * Lua script that replaces the script of rate-limit-redis, and can add several hits. A window (the time for which hits
 * are counted) starts with the first hit in it.
 *
 * Another client of the same Redis may have written the key. The script therefore starts a new window in two cases: the
 * value is not an integer from 0 to 2^53, or its time to live is longer than a window. Otherwise a negative count would
 * allow calls above the limit, and a long time to live could refuse a caller for all that time.
 */
const SCRIPT = `
local timeToExpire = redis.call("PTTL", KEYS[1])
local count = redis.pcall("GET", KEYS[1])
local isCount = type(count) == "string" and #count <= 16 and string.match(count, "^%d+$")
if not isCount or timeToExpire <= 0 or timeToExpire > tonumber(ARGV[1]) then
  redis.call("SET", KEYS[1], ARGV[2], "PX", ARGV[1])
  return { tonumber(ARGV[2]), tonumber(ARGV[1]) }
end
return { redis.call("INCRBY", KEYS[1], ARGV[2]), timeToExpire }
`.trim();

/**
 * Adds `incrementBy` to a store of rate-limit-redis. The store then uses `incrementBy` for single hits as well. The
 * library's own script (version 4.2) is not used, because it has an error: a call in the last millisecond of a window
 * extends the window and its count by a full window length.
 */
export function toLimitCounter(
  store: Store & { prefixKey(key: string): string },
  sendCommand: SendCommandFn,
  windowSeconds: number,
): LimitCounter {
  const windowMs = String(windowSeconds * 1000);
  const loaded = sendCommand('SCRIPT', 'LOAD', SCRIPT);
  const incrementBy = async (key: string, hits: number): Promise<ClientRateLimitInfo> => {
    const reply = await sendCommand('EVALSHA', String(await loaded), '1', store.prefixKey(key), windowMs, String(hits));
    const [totalHits, leftMs] = Array.isArray(reply) ? reply.map(Number) : [];
    if (totalHits === undefined || leftMs === undefined)
      throw new TypeError('Redis returned a reply that is not a count');
    return { totalHits, resetTime: new Date(Date.now() + leftMs) };
  };
  return Object.assign(store, { incrementBy, increment: (key: string) => incrementBy(key, 1) });
}
