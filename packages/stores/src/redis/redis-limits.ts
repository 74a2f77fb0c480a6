import { OptionError } from '@flairgate/core';
import { assertKnownOptions } from '@flairgate/core/internal';
import { keepConnected } from './connection.js';
import { clientMaker, type OwnClient, type RedisCommands, refusalOf } from './driver.js';
import { limitCommands } from './limit-commands.js';
import { type LimitCounter, toLimitCounter } from './limit-counter.js';
import { DEFAULT_PREFIX, parsePrefix } from './prefix.js';

interface RedisLimitsCommon {
  /** Prefix of every key in Redis. Processes with the same prefix share their counts. @default `flairgate:` */
  readonly prefix?: string | undefined;
}

export type RedisLimitsOptions = RedisLimitsCommon &
  (
    | {
        /** Address of the server: `redis://user:password@host:port/database`, or `rediss://…`. */
        readonly url: string;
      }
    | {
        /** A connected node-redis client, created with `disableOfflineQueue: true`. You must close it yourself. */
        readonly client: RedisCommands;
      }
  );

/** Creates the counters of rate limits. All processes that use the same Redis share the counts. */
export interface RedisLimits {
  /** Returns the counter of one rate limit. Limits with the same name and window share their counts. */
  storeFor(limit: { readonly name: string; readonly windowSeconds: number }): LimitCounter;
  /** Closes the connection. If a client was passed as an option, the client stays open. */
  close(): Promise<void>;
}

/**
 * Creates a store that keeps rate-limit counts in Redis. Uses rate-limit-redis.
 *
 * Waits at most two seconds for the server. While the server is down, each count fails immediately. The option
 * `onStoreFailure` of the limit then decides whether requests are allowed. The store keeps trying to connect. Each
 * count is one round trip and one atomic script. Redis stores only the counts, each for one window.
 *
 * @throws OptionError for an unknown option, a driver that is not installed, or a server that refuses the user.
 * @example
 * const limits = await redisLimits({ url: 'redis://127.0.0.1:6379' });
 * const gate = createGate({ store, rateLimit: { store: limits }, failureLimit: { store: limits } });
 */
export async function redisLimits(options: RedisLimitsOptions): Promise<RedisLimits> {
  assertKnownOptions('redisLimits', options, ['client' in options ? 'client' : 'url', 'prefix']);
  const prefix = parsePrefix('redisLimits', options.prefix ?? DEFAULT_PREFIX);
  const { RedisStore } = await loadCounter();
  const { commands, close } = 'client' in options ? given(options.client) : await connected(options.url);
  const sendCommand = limitCommands(commands);
  return {
    storeFor({ name, windowSeconds }) {
      const store = new RedisStore({ sendCommand, prefix: `${prefix}limit:${name}:${windowSeconds}:` });
      return toLimitCounter(store, sendCommand, windowSeconds);
    },
    close,
  };
}

interface Opened {
  readonly commands: RedisCommands;
  close(): Promise<void>;
}

function given(client: RedisCommands): Opened {
  if (typeof client?.sendCommand !== 'function') {
    throw new OptionError('redisLimits: client: must be a client of node-redis, or an object with `sendCommand`');
  }
  return { commands: { sendCommand: (args) => client.sendCommand(args) }, close: async () => undefined };
}

async function connected(url: string): Promise<Opened> {
  const make = await clientMaker('redisLimits', url);
  let current: OwnClient | undefined;
  const connection = keepConnected({
    make,
    onOpen: (client) => {
      current = client;
    },
    onLost: () => {
      current = undefined;
    },
  });
  const refusal = refusalOf('redisLimits', (await connection.tried)?.failure);
  if (refusal !== undefined) {
    await connection.close();
    throw refusal;
  }
  const sendCommand = async (args: string[]) => {
    if (current === undefined) throw new Error('Redis is not connected');
    return current.sendCommand(args);
  };
  return { commands: { sendCommand }, close: () => connection.close() };
}

async function loadCounter(): Promise<typeof import('rate-limit-redis')> {
  try {
    return await import('rate-limit-redis');
  } catch (error) {
    const hint = 'run `npm install rate-limit-redis express-rate-limit`';
    throw new OptionError(`redisLimits: rate-limit-redis is not installed; ${hint}`, { cause: error });
  }
}
