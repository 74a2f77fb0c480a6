import { OptionError } from '@flairgate/core';
import { assertKnownOptions } from '@flairgate/core/internal';
import { type KeptConnection, keepConnected, withTimeout } from './connection.js';
import { clientMaker, type OwnClient, type RedisPubSub, type RedisSubscriber, refusalOf } from './driver.js';
import { DEFAULT_PREFIX, parsePrefix } from './prefix.js';

interface RedisWakeUpsCommon {
  /** Prefix of the channel's name. Processes with the same prefix wake each other. @default `flairgate:` */
  readonly prefix?: string | undefined;
}

export type RedisWakeUpsOptions = RedisWakeUpsCommon &
  (
    | {
        /** Address of the server: `redis://user:password@host:port`, or `rediss://…`. */
        readonly url: string;
      }
    | {
        /**
         * A connected node-redis client, which sends the wake-ups. You must close it yourself. The store creates a
         * duplicate of the client to listen for wake-ups.
         */
        readonly client: RedisPubSub;
      }
  );

/**
 * Messages with which processes make each other poll the store. A wake-up has no content. It may be lost, late,
 * repeated or forged.
 */
export interface WakeUps {
  /** Wakes every process that subscribed, including this one. Does not wait, and never throws. */
  publish(): void;
  /**
   * Calls `wake` for each wake-up. Also calls `wake` for each new connection, because wake-ups may have been lost while
   * no connection was open. Returns a function that removes this listener.
   */
  subscribe(wake: () => void): () => void;
  /** Waits at most half a second for wake-ups that are being sent, then closes the connections. */
  close(): Promise<void>;
}

/** Maximum time that `close` waits for wake-ups that are being sent, in milliseconds. */
const LAST_PUSH_MS = 500;

/** Sends wake-ups. For a client that was passed as an option, `close` does nothing. */
interface Sender {
  publish(): Promise<unknown>;
  close(): Promise<void>;
}

/**
 * Creates wake-ups: messages with which processes tell each other, through Redis publish/subscribe, to poll the store.
 *
 * If a wake-up is lost, a process only learns of a change later. It is therefore not an error if Redis is down. The
 * connections are retried until `close`. This function waits at most two seconds for the first connection.
 *
 * @throws OptionError for an unknown option, a driver that is not installed, or a server that refuses the user.
 * @see docs/revocation.md
 * @example
 * const wakeUps = await redisWakeUps({ url: 'redis://127.0.0.1:6379' });
 * const gate = createGate({ store: withWakeUps(store, wakeUps) });
 */
export async function redisWakeUps(options: RedisWakeUpsOptions): Promise<WakeUps> {
  assertKnownOptions('redisWakeUps', options, ['client' in options ? 'client' : 'url', 'prefix']);
  const channel = `${parsePrefix('redisWakeUps', options.prefix ?? DEFAULT_PREFIX)}changes`;
  if ('client' in options) {
    const { client } = options;
    if (typeof client?.publish !== 'function' || typeof client.duplicate !== 'function') {
      throw new OptionError('redisWakeUps: client: must be a client of node-redis');
    }
    const sender = { publish: async () => client.publish(channel, ''), close: async () => undefined };
    return wakeUps(sender, () => client.duplicate(), channel);
  }
  const make = await clientMaker('redisWakeUps', options.url);
  return wakeUps(await openSender(make, channel), make, channel);
}

function wakeUps(sender: Sender, make: () => RedisSubscriber, channel: string): WakeUps {
  const wakes = new Set<() => void>();
  const onItsWay = new Set<Promise<unknown>>();
  const wakeAll = () => {
    for (const wake of wakes) wake();
  };
  let listening: KeptConnection | undefined;
  return {
    publish() {
      const sent = sender.publish().catch(() => undefined);
      onItsWay.add(sent);
      void sent.then(() => onItsWay.delete(sent));
    },
    subscribe(wake) {
      const own = () => wake();
      wakes.add(own);
      listening ??= keepConnected({ make, onOpen: (client) => client.subscribe(channel, wakeAll).then(wakeAll) });
      return () => void wakes.delete(own);
    },
    async close() {
      await withTimeout(LAST_PUSH_MS, Promise.all(onItsWay)).catch(() => undefined);
      wakes.clear();
      await Promise.all([sender.close(), listening?.close()]);
    },
  };
}

/**
 * Opens a sender of wake-ups. If a wake-up is published while the connection is lost, the sender sends it once the
 * connection is open again.
 */
async function openSender(make: () => OwnClient, channel: string): Promise<Sender> {
  let current: OwnClient | undefined;
  let isOwed = false;
  const publish = async () => {
    isOwed = true;
    if (current === undefined) return;
    await current.publish(channel, '');
    isOwed = false;
  };
  const connection = keepConnected({
    make,
    onOpen(client) {
      current = client;
      return isOwed ? publish() : undefined;
    },
    onLost: () => {
      current = undefined;
    },
  });
  const refusal = refusalOf('redisWakeUps', (await connection.tried)?.failure);
  if (refusal === undefined) return { publish, close: () => connection.close() };
  await connection.close();
  throw refusal;
}
