import { OptionError } from '@flairgate/core';
import type { PostgresPool as KyselyPool, PostgresCursor, PostgresPoolClient, PostgresQueryResult } from 'kysely';

/** The part of a node-postgres pool that the store uses. */
export interface PostgresPool extends KyselyPool {
  /** Options of the pool. Undefined if the pool does not expose its options. */
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
  /**
   * Runs a prepared statement. The server prepares the statement when it first runs on this connection. Statements with
   * the same `name` must have the same `text`.
   */
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
  /** True if `url` points to a pooler. A pooler refuses the startup parameters that set timeouts. */
  readonly pooler: boolean;
}

/**
 * Milliseconds by which the client's timeout for a statement is longer than the server's timeout. Usually the server's
 * timeout ends a slow statement. If the connection is cut, the server cannot report its timeout, so the client's
 * timeout applies.
 */
export const ANSWER_MARGIN_MS = 1000;

/**
 * Number of connections that stay open while unused: one that listens for notifications of changes, and two that read
 * the changes after a notification.
 *
 * If no connection stayed open, each process would need new connections for the first change after a quiet period. The
 * process would learn of the change only after the connections are open and have planned their statements.
 */
const KEPT_CONNECTIONS = 3;

/** Creates a pool. Does not open a connection yet. */
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
    // Without this timeout, a process that stops inside a transaction could keep the lock that all security writes
    // take.
    idle_in_transaction_session_timeout: statementTimeoutMs,
  };
}

/**
 * Handles the `error` events of a pool and its connections, so that a lost connection cannot crash the process.
 *
 * The pool itself drops a connection that is lost while no caller uses it. But a connection may also be lost while the
 * pool is handing it to a caller: the server's last message may arrive together with the message that the server is
 * ready.
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
