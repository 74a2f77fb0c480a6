import { OptionError } from '@flairgate/core';

/** What the limits use of a client of node-redis. For another client, give an object with this one function. */
export interface RedisCommands {
  sendCommand(args: string[]): Promise<unknown>;
}

/** What one connection that listens uses of a client of node-redis. */
export interface RedisSubscriber {
  on(event: 'error', listener: (error: Error) => void): unknown;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: () => void): Promise<unknown>;
  ping(): Promise<unknown>;
  destroy(): void;
}

/** What the wake-ups use of a client of node-redis. */
export interface RedisPubSub {
  publish(channel: string, message: string): Promise<unknown>;
  /** Makes a client for a connection of its own, not connected yet. */
  duplicate(): RedisSubscriber;
}

/** A client of our own. */
export interface OwnClient extends RedisCommands, RedisSubscriber {
  publish(channel: string, message: string): Promise<unknown>;
}

const CONNECT_TIMEOUT_MS = 2000;

/** Between two signs of life; a heartbeat comes sooner on a connection that is well. */
const SILENCE_MS = 15_000;

/** Commands that may wait for a server that does not answer. Those beyond it fail at once. */
const MAX_WAITING = 50_000;

/**
 * Gives a function that makes clients, none of which connects before it is told to or ever connects again.
 *
 * @throws OptionError when the driver is not installed, or the URL is not one of Redis.
 */
export async function clientMaker(where: string, url: string): Promise<() => OwnClient> {
  if (typeof url !== 'string' || !/^rediss?:\/\/./.test(url) || !URL.canParse(url)) {
    throw new OptionError(`${where}: url: write redis://user:password@host:port/database, or rediss://...`);
  }
  const { createClient } = await loadDriver(where);
  const socket = { connectTimeout: CONNECT_TIMEOUT_MS, socketTimeout: SILENCE_MS, reconnectStrategy: false } as const;
  return () =>
    createClient({
      url,
      socket,
      name: 'flairgate',
      disableOfflineQueue: true,
      commandsQueueMaxLength: MAX_WAITING,
      maintNotifications: 'disabled',
    });
}

async function loadDriver(where: string): Promise<typeof import('redis')> {
  try {
    return await import('redis');
  } catch (error) {
    const hint = 'run `npm install redis`, or give a client of it as `client`';
    throw new OptionError(`${where}: the redis driver is not installed; ${hint}`, { cause: error });
  }
}

/** Replies that say that the address is wrong or the user may not: waiting does not help. */
const REFUSED = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR)\b/;

/** Has a server that refuses its user stop the start; its answer names neither user nor password. */
export function refusalOf(where: string, error: unknown): OptionError | undefined {
  if (!(error instanceof Error) || !REFUSED.test(error.message)) return undefined;
  return new OptionError(`${where}: url: Redis refuses its user, password or database`, { cause: error });
}
