import { OptionError } from '@flairgate/core';
import type { PostgresPool as KyselyPool, PostgresCursor, PostgresPoolClient, PostgresQueryResult } from 'kysely';

/** The part of a node-postgres pool that is used. */
export interface PostgresPool extends KyselyPool {
  /** The options of the pool, where it exposes them. */
  readonly options?: {
    readonly max?: number | undefined;
    readonly statement_timeout?: number | false | undefined;
    connectionTimeoutMillis?: number | undefined;
  };
  connect(): Promise<PostgresClient>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'connect', listener: (client: PostgresClient) => void): unknown;
}

export interface PostgresClient extends PostgresPoolClient {
  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>;
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>;
  /** Prepares it on this connection the first time; `text` is the same whenever `name` is. */
  query<R>(statement: PreparedStatement): Promise<PostgresQueryResult<R>>;
  on(event: 'error' | 'end' | 'notification', listener: (error: Error) => void): unknown;
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
  release(destroy?: boolean): void;
}

export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Settings of the connections that the store opens. */
export interface Connecting {
  readonly url: string;
  readonly poolMax: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  /** True behind a pooler, which refuses the startup parameters that set timeouts. */
  readonly pooler: boolean;
}

/** Time added to the server's own timeout. A server that is cut off never reports that timeout. */
export const ANSWER_MARGIN_MS = 1000;

/**
 * Connections that stay open while unused: the one that listens, and two for the reads after a notification.
 *
 * Otherwise a change after a quiet time would wait in every process for new connections and their first plans.
 */
const KEPT_CONNECTIONS = 3;

/** Creates a pool. It does not connect yet. */
export async function openPool(connecting: Connecting): Promise<PostgresPool> {
  const { url, poolMax, connectTimeoutMs, statementTimeoutMs, pooler } = connecting;
  const { Pool } = await loadDriver();
  const pool = new Pool({
    connectionString: url,
    max: poolMax,
    min: KEPT_CONNECTIONS,
    connectionTimeoutMillis: connectTimeoutMs,
    query_timeout: statementTimeoutMs + ANSWER_MARGIN_MS,
    ...(pooler ? {} : serverTimeouts(statementTimeoutMs)),
    keepAlive: true,
    application_name: 'flairgate',
  });
  ignoreConnectionErrors(pool);
  return pool;
}

/** Returns the timeouts that node-postgres sends as startup parameters. */
function serverTimeouts(statementTimeoutMs: number) {
  return {
    statement_timeout: statementTimeoutMs,
    // A process that stands still inside a transaction would otherwise hold the lock that every security write takes.
    idle_in_transaction_session_timeout: statementTimeoutMs,
  };
}

/**
 * Handles `error` events so that a lost connection cannot crash the process.
 *
 * The pool itself drops a connection that is lost while idle. A connection can also be lost before its caller has it:
 * the server's last message can arrive together with the message that it is ready.
 */
export function ignoreConnectionErrors(pool: PostgresPool): void {
  const heard = () => undefined;
  pool.on('error', heard);
  pool.on('connect', (client) => client.on('error', heard));
}

async function loadDriver(): Promise<typeof import('pg')['default']> {
  try {
    const { default: driver } = await import('pg');
    return driver;
  } catch (error) {
    const hint = 'run `npm install pg`, or give a pool of it as `pool`';
    throw new OptionError(`postgresStore: the pg driver is not installed; ${hint}`, { cause: error });
  }
}
