import { withDeadline } from '@flairgate/core/internal';
import type { PostgresClient, PostgresPool, PreparedStatement } from './driver.js';

/**
 * Timeouts for the host's pool (the pool that the application passes), in milliseconds: to get a connection, and to get
 * the result of a statement.
 */
export interface HostTimes {
  readonly connectMs: number;
  readonly answerMs: number;
}

/**
 * Returns the host's pool with added timeouts. By default, node-postgres has no timeouts: if a connection was cut
 * silently, node-postgres would wait forever for a response. A connection on which a statement times out is dropped.
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
        // The caller has stopped waiting. If the connection opens later, it must be returned to the pool.
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
