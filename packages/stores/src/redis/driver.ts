import { OptionError } from '@flairgate/core';

/**
 * The part of a node-redis client that rate limits use. To use another Redis client, pass an object with a
 * `sendCommand` function.
 */
export interface RedisCommands {
  sendCommand(args: string[]): Promise<unknown>;
}

/** The part of a node-redis client that a listening connection uses. */
export interface RedisSubscriber {
  on(event: 'error', listener: (error: Error) => void): unknown;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: () => void): Promise<unknown>;
  ping(): Promise<unknown>;
  /** Closes the connection immediately. Clients of node-redis 4 have only `disconnect`. */
  destroy?(): void;
  disconnect?(): Promise<unknown>;
}

/** The part of a node-redis client that the wake-ups use. */
export interface RedisPubSub {
  publish(channel: string, message: string): Promise<unknown>;
  /** Creates a client with its own connection. The client is not connected yet. */
  duplicate(): RedisSubscriber;
}

/** A client that this package creates from a URL. */
export interface OwnClient extends RedisCommands, RedisSubscriber {
  publish(channel: string, message: string): Promise<unknown>;
}

const CONNECT_TIMEOUT_MS = 2000;

/**
 * Milliseconds without data after which a connection is treated as lost. A working connection receives data more often,
 * because heartbeats (pings) are sent.
 */
const SILENCE_MS = 15_000;

/** Maximum number of commands that may wait for a response. Further commands fail immediately. */
const MAX_WAITING = 50_000;

/**
 * Returns a function that creates clients. A client connects only when `connect` is called, and never reconnects.
 *
 * @throws OptionError if the driver is not installed, or the URL is not a Redis URL.
 */
export async function clientMaker(where: string, url: string): Promise<() => OwnClient> {
  if (typeof url !== 'string' || !/^rediss?:\/\/./.test(url) || !URL.canParse(url)) {
    throw new OptionError(`${where}: url: must be redis://user:password@host:port/database, or rediss://...`);
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

/** Matches Redis errors that retrying cannot solve, such as a wrong password or a user without rights. */
const REFUSED_BY_SERVER = /^(?:WRONGPASS|NOAUTH|NOPERM|ERR)\b/;

/**
 * Returns the error to throw if the server refuses the user. Returns undefined for any other failure. The error message
 * contains neither the user name nor the password.
 */
export function refusalOf(where: string, error: unknown): OptionError | undefined {
  if (!(error instanceof Error) || !REFUSED_BY_SERVER.test(error.message)) return undefined;
  return new OptionError(`${where}: url: Redis refuses its user, password or database`, { cause: error });
}
