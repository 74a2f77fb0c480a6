import { pause } from '../pause.js';
import type { PostgresClient } from './driver.js';

/**
 * Listens on one PostgreSQL notification channel. Uses one connection, and opens a new one when the connection is lost.
 */
export interface Listener {
  /**
   * Calls `wake` for each notification. Also calls `wake` for each new connection, because notifications may have been
   * lost while no connection was open. Returns a function that removes `wake`.
   */
  subscribe(wake: () => void): () => void;
  close(): Promise<void>;
}

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5000;

/** Milliseconds between two statements that check whether the connection was cut silently. */
const HEARTBEAT_MS = 10_000;

/**
 * Creates a listener that connects at the first `subscribe`. The listener reports no failures: if a notification is
 * lost, a process only learns of the change later.
 */
export function createListener(connect: () => Promise<PostgresClient>, channel: string): Listener {
  const wakes = new Set<() => void>();
  const closing = new AbortController();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!closing.signal.aborted) {
      const client = await connect().catch(() => undefined);
      if (client !== undefined) {
        retryMs = FIRST_RETRY_MS;
        await listenUntilLost(client, channel, wakeAll, closing.signal);
      }
      await pause(retryMs, closing.signal);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    }
  }

  function wakeAll(): void {
    for (const wake of wakes) wake();
  }

  return {
    subscribe(wake) {
      const own = () => wake();
      wakes.add(own);
      running ??= run();
      return () => void wakes.delete(own);
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}

async function listenUntilLost(
  client: PostgresClient,
  channel: string,
  wake: () => void,
  closing: AbortSignal,
): Promise<void> {
  const lost = new AbortController();
  const lose = () => lost.abort();
  client.on('error', lose);
  client.on('end', lose);
  client.on('notification', () => {
    if (!lost.signal.aborted) wake();
  });
  const ends = AbortSignal.any([lost.signal, closing]);
  try {
    await client.query(`listen "${channel}"`, []);
    wake();
    while (!ends.aborted) {
      await pause(HEARTBEAT_MS, ends);
      if (!ends.aborted) await client.query('select 1', []);
    }
  } catch {
    // The connection is lost. The caller opens a new one.
  } finally {
    lose();
    client.release(true);
  }
}
