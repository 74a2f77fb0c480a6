import { withDeadline } from '@flairgate/core/internal';
import type { PostgresClient, PostgresPool, PreparedStatement } from './driver.js';

/** Milliseconds that a pool of the host is waited for. */
export interface HostTimes {
  readonly connectMs: number;
  readonly answerMs: number;
}

/**
 * Gives a pool of the host the timeouts it lacks: node-postgres has none unless told, and a connection that died
 * without a word would be waited for until the process ends. One that does not answer is thrown away.
 */
export function withTimeouts(pool: PostgresPool, { connectMs, answerMs }: HostTimes): PostgresPool {
  return {
    async connect() {
      const connecting = pool.connect();
      let isLate = true;
      try {
        const client = await withDeadline(connectMs, 'a connection of the pool', connecting);
        isLate = false;
        return answering(client, answerMs);
      } finally {
        // Whoever waited is gone: it must not stay out of the pool.
        if (isLate) {
          connecting.then(
            (client) => client.release(),
            () => undefined,
          );
        }
      }
    },
    on: (event: 'error' | 'connect', listener: never) => pool.on(event as 'error', listener),
    end: () => pool.end(),
  };
}

function answering(client: PostgresClient, answerMs: number): PostgresClient {
  const query = (statement: string | PreparedStatement, parameters?: readonly unknown[]) =>
    withDeadline(
      answerMs,
      'a statement',
      typeof statement === 'string' ? client.query(statement, parameters ?? []) : client.query(statement),
    );
  return {
    query: query as PostgresClient['query'],
    on: client.on.bind(client),
    removeListener: client.removeListener.bind(client),
    release: (destroy) => client.release(destroy),
  };
}
