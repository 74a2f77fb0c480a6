import { withDeadline } from '@flairgate/core/internal';
import type { PostgresClient, PostgresPool, PreparedStatement } from './driver.js';

/** Longest waits for the host's pool, in milliseconds. */
export interface HostTimes {
  readonly connectMs: number;
  readonly answerMs: number;
}

/**
 * Adds timeouts to the host's pool. node-postgres has none by default, and would wait for a connection that was cut
 * silently until the process ends. A connection that does not answer is dropped.
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
        // The caller has stopped waiting. The connection must return to the pool.
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
