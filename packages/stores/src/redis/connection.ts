import { pause } from '../pause.js';
import type { RedisSubscriber } from './driver.js';

/** Connection to Redis that is reopened whenever it is lost. A failure of the connection never crashes the process. */
export interface KeptConnection {
  /**
   * Resolves when the first attempt to connect succeeds or fails, or after two seconds. The value is the failure, or
   * undefined if there is none. Never rejects.
   */
  readonly tried: Promise<{ readonly failure: unknown } | undefined>;
  close(): Promise<void>;
}

export interface ConnectionOptions<C> {
  /** Creates a client that is not connected. */
  readonly make: () => C;
  /** Called after each new connection is open. */
  readonly onOpen: (client: C) => Promise<void> | void;
  readonly onLost?: () => void;
}

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 2000;

/**
 * Maximum time that the start waits for Redis, in milliseconds. If Redis does not respond in this time, the process
 * starts without Redis and connects later.
 */
const LONGEST_START_MS = 2000;

/** Maximum time to open a connection, including the handshake, in milliseconds. */
const OPEN_TIMEOUT_MS = 4000;

const HEARTBEAT_MS = 5000;
const HEARTBEAT_TIMEOUT_MS = 3000;

/** Opens a connection, and reopens it with a new client whenever it is lost, until `close` is called. */
export function keepConnected<C extends RedisSubscriber>(options: ConnectionOptions<C>): KeptConnection {
  const closing = new AbortController();
  let report: (outcome: { failure: unknown } | undefined) => void = () => undefined;
  const first = new Promise<{ failure: unknown } | undefined>((resolve) => {
    report = resolve;
  });
  const running = runConnections(options, closing.signal, report);
  return {
    tried: Promise.race([first, pause(LONGEST_START_MS, closing.signal).then(() => undefined)]),
    async close() {
      closing.abort();
      await running;
    },
  };
}

async function runConnections<C extends RedisSubscriber>(
  { make, onOpen, onLost }: ConnectionOptions<C>,
  closing: AbortSignal,
  report: (outcome: { failure: unknown } | undefined) => void,
): Promise<void> {
  let retryMs = FIRST_RETRY_MS;
  while (!closing.aborted) {
    const client = make();
    const ends = new AbortController();
    const end = () => ends.abort();
    closing.addEventListener('abort', end);
    // Without a listener, an `error` event would end the process.
    client.on('error', end);
    try {
      await withTimeout(OPEN_TIMEOUT_MS, client.connect(), closing);
      await withTimeout(OPEN_TIMEOUT_MS, Promise.resolve(onOpen(client)), closing);
      report(undefined);
      retryMs = FIRST_RETRY_MS;
      await beatUntil(ends.signal, client);
    } catch (error) {
      report({ failure: error });
    } finally {
      closing.removeEventListener('abort', end);
      onLost?.();
      await destroy(client);
    }
    await pause(retryMs, closing);
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  }
}

/**
 * Sends pings until the connection is lost or closed, and then resolves. Rejects if a ping is not answered. The
 * rejection is the only sign that a connection was cut silently.
 */
async function beatUntil(ends: AbortSignal, client: RedisSubscriber): Promise<void> {
  while (!ends.aborted) {
    await pause(HEARTBEAT_MS, ends);
    if (!ends.aborted) await withTimeout(HEARTBEAT_TIMEOUT_MS, client.ping(), ends);
  }
}

async function destroy(client: RedisSubscriber): Promise<void> {
  try {
    if (client.destroy === undefined) await client.disconnect?.();
    else client.destroy();
  } catch {
    // The connection was never opened, or is already closed.
  }
}

/** Returns the result of `work`. Rejects if `work` takes longer than `timeoutMs`, or when `signal` aborts. */
export function withTimeout<T>(timeoutMs: number, work: Promise<T>, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    };
    const giveUp = () => {
      stop();
      reject(new Error('Redis did not answer in time'));
    };
    const timer = setTimeout(giveUp, timeoutMs);
    timer.unref();
    signal?.addEventListener('abort', giveUp);
    work.then(resolve, reject).finally(stop);
    if (signal?.aborted === true) giveUp();
  });
}
