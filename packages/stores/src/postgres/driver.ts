import { OptionError } from '@flairgate/core';
import type { PostgresPool as KyselyPool, PostgresCursor, PostgresPoolClient, PostgresQueryResult } from 'kysely';

/** What is used of a pool of node-postgres. */
export interface PostgresPool extends KyselyPool {
  /** Options it was made with, where it says them. */
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

/** How connections of our own are made. */
export interface Connecting {
  readonly url: string;
  readonly poolMax: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
}

/** Beyond the server's own timeout: the answer of a server that is cut off never comes. */
export const ANSWER_MARGIN_MS = 1000;

/**
 * Connections that are kept though nobody needs them: the one that listens, and two for what follows its word.
 *
 * After a quiet time a change would else wait for new connections, and for their first plans, in every process at once.
 */
const KEPT_CONNECTIONS = 3;

/** Makes a pool. Nothing connects yet. */
export async function openPool(connecting: Connecting): Promise<PostgresPool> {
  const { url, poolMax, connectTimeoutMs, statementTimeoutMs } = connecting;
  const { Pool } = await loadDriver();
  const pool = new Pool({
    connectionString: url,
    max: poolMax,
    min: KEPT_CONNECTIONS,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + ANSWER_MARGIN_MS,
    // A process that stands still inside a transaction would otherwise hold the lock that every security write takes.
    idle_in_transaction_session_timeout: statementTimeoutMs,
    keepAlive: true,
    application_name: 'flairgate',
  });
  ignoreConnectionErrors(pool);
  return pool;
}

/**
 * Has no lost connection end the process, as an error event that nobody hears would.
 *
 * The pool itself drops a connection that is lost while idle. One may be lost before whoever waits for it has it: the
 * server's last word can come in one piece with the word that it is ready.
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
