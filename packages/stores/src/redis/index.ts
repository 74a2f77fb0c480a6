export type { RedisCommands, RedisPubSub, RedisSubscriber } from './driver.js';
export { type RedisLimits, type RedisLimitsOptions, redisLimits } from './redis-limits.js';
export { type RedisWakeUpsOptions, redisWakeUps, type WakeUps } from './redis-wake-ups.js';
export { withWakeUps } from './with-wake-ups.js';
