import { createHash } from 'node:crypto';
import type { WriteOrder } from '@flairgate/core/store';
import { CompiledQuery, type Kysely, type SqlBool, sql } from 'kysely';
import type { Database } from '../sql/conditions.js';
import { type Failure, failure } from '../sql/failure.js';
import type { Execute, Executed, SqlBackend } from '../sql/session.js';
import type { PostgresPool } from './driver.js';
import { writeQueues } from './write-queues.js';

// Says `read write` although the transaction only reads. A standby, whose rows may be old, then refuses it.
const BEGIN_READ = 'start transaction isolation level repeatable read, read write';
const BEGIN_WRITE = 'start transaction isolation level read committed, read write';

/**
 * Maximum pause between two statements of a write, in milliseconds. If a process stops during a write, the server ends
 * the transaction after this time and releases its locks.
 *
 * The pause is shorter than the default lock timeout. Writes that wait for these locks therefore get them before they
 * time out.
 */
const MAX_STATEMENT_PAUSE_MS = 750;

/** Options of {@link postgresBackend}. */
export interface PostgresBackendOptions {
  /** Compiles statements for the schema of the tables. */
  readonly compiler: Kysely<Database>;
  readonly channel: string;
  /** Maximum number of connections that writes use. The other connections stay available for reads. */
  readonly maxWriters: number;
  /** Maximum time that a write waits for a lock, in milliseconds. */
  readonly lockTimeoutMs: number;
  /**
   * Statement timeout that each transaction sets, in milliseconds. Undefined if the connections already have a timeout.
   */
  readonly statementTimeoutMs?: number | undefined;
}

/** Creates a backend that runs transactions on connections of `pool`. */
export function postgresBackend(pool: PostgresPool, options: PostgresBackendOptions): SqlBackend {
  const { compiler, channel, maxWriters, lockTimeoutMs, statementTimeoutMs } = options;
  const queueFor = writeQueues(maxWriters);
  const timeout = statementTimeoutMs === undefined ? '' : `; set local statement_timeout = ${statementTimeoutMs}`;
  const readPause =
    statementTimeoutMs === undefined ? '' : `; set local idle_in_transaction_session_timeout = ${statementTimeoutMs}`;
  const beginRead = `${BEGIN_READ}${timeout}${readPause}`;
  const pause = `; set local idle_in_transaction_session_timeout = ${MAX_STATEMENT_PAUSE_MS}`;
  const beginWrite = `${BEGIN_WRITE}${pause}; set local lock_timeout = ${lockTimeoutMs}${timeout}`;
  const front = lockOf(`${channel} writes`, lockTimeoutMs);
  const turn = lockOf(`${channel} turn`, lockTimeoutMs);
  const beginSecurity = `${beginWrite}; ${front}; ${turn}`;
  const beginUrgent = `${beginWrite}; ${turn}`;
  const beginOf = ({ locksRevision, isUrgent }: WriteOrder) => {
    if (isUrgent === true) return beginUrgent;
    return locksRevision === true ? beginSecurity : beginWrite;
  };
  return {
    engine: 'postgres',
    compiler,
    locksRows: true,
    failureOf: postgresFailureOf,
    existenceProbe: {
      kind: 'async',
      // A standby may lack recent rows, so its result is unsure. The caller then starts a transaction, which a standby
      // refuses.
      isUnsure: sql<SqlBool>`pg_is_in_recovery()`,
      run: (query) => alone(pool, query),
    },
    read: (work) => transact(pool, beginRead, work),
    write: (work, order: WriteOrder = {}) => queueFor(order)(order.caller, () => transact(pool, beginOf(order), work)),
    async beforeRevisionCommit(execute) {
      await execute(CompiledQuery.raw("select pg_notify($1, '')", [channel]));
    },
  };
}

/**
 * Returns the statements that acquire an advisory lock until the transaction ends. The lock timeout is then reduced by
 * the time that the write has already waited, so that all waits of a write together share one lock timeout.
 *
 * Two locks decide the order of the writes that lock the revision row. A security write acquires first the lock
 * `writes` and then the lock `turn`. A write that only revokes acquires only `turn`. Only one holder of `writes` at a
 * time can wait for `turn`, so a revocation waits for at most one write that does more than revoke.
 *
 * The revision row alone could not ensure this order. PostgreSQL grants advisory locks in the order of the requests,
 * but a row lock goes to the first request after a commit.
 *
 * @see https://www.postgresql.org/docs/current/explicit-locking.html
 */
function lockOf(name: string, lockTimeoutMs: number): string {
  const key = createHash('sha256').update(name).digest().readBigInt64BE();
  const waited = 'floor(extract(epoch from clock_timestamp() - transaction_timestamp()) * 1000)';
  const left = `greatest(1, ${lockTimeoutMs} - ${waited})::int::text`;
  return `select pg_advisory_xact_lock(${key}); select set_config('lock_timeout', ${left}, true)`;
}

/**
 * Matches SQLSTATE codes (error codes) of a wrong statement: data, integrity, syntax or access. All other codes mean a
 * server failure.
 */
const FAULT = /^(22|23|42)...$/;

export function postgresFailureOf(error: unknown): Failure {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return 'fault';
  const code = sqlStateOf(error);
  if (code === '23505') return 'unique';
  return FAULT.test(code) ? 'fault' : 'unavailable';
}

async function transact<R>(pool: PostgresPool, begin: string, work: (execute: Execute) => Promise<R>): Promise<R> {
  const connection = await orFailure(checkOut(pool));
  try {
    await orFailure(connection.query(begin, []));
    const value = await work(async ({ sql, parameters }) => executed(await connection.query(sql, parameters)));
    const { command } = await orFailure(connection.query('commit', []));
    if (command !== 'COMMIT') throw new Error('the server rolled a transaction back at its commit');
    return value;
  } catch (error) {
    // A failed rollback is ignored, because the server itself rolls back the transaction of a lost connection.
    await connection.query('rollback', []).catch(() => undefined);
    throw error;
  } finally {
    connection.release();
  }
}

async function alone(pool: PostgresPool, { sql: text, parameters }: CompiledQuery): Promise<Executed> {
  const connection = await checkOut(pool);
  try {
    return executed(await connection.query(text, parameters));
  } finally {
    connection.release();
  }
}

export interface Result {
  readonly command: string;
  readonly rowCount: number | null;
  readonly rows: readonly unknown[];
}

/** A connection that was taken from the pool. */
export interface CheckedOut {
  /** Runs a statement. If `name` is given, the server plans the statement only once on this connection. */
  query(text: string, parameters: readonly unknown[], name?: string): Promise<Result>;
  /** Returns the connection to the pool, or closes it if it was lost. */
  release(): void;
}

/**
 * Takes a connection from the pool, and handles the connection's `error` events. If the connection is lost, its
 * statements fail, but the process does not crash.
 */
export async function checkOut(pool: Pick<PostgresPool, 'connect'>): Promise<CheckedOut> {
  const client = await pool.connect();
  let lost: Error | undefined;
  const onError = (error: Error) => {
    lost ??= error;
  };
  client.on('error', onError);
  return {
    async query(text, parameters, name) {
      if (lost !== undefined) throw lost;
      try {
        if (name === undefined) return await client.query<unknown>(text, parameters);
        return await client.query<unknown>({ name, text, values: parameters });
      } catch (error) {
        if (error instanceof Error && isLoss(error)) lost = error;
        throw error;
      }
    },
    release() {
      if (lost === undefined) client.removeListener('error', onError);
      client.release(lost !== undefined);
    },
  };
}

/**
 * True if the error means that the connection is lost: the error has no SQLSTATE (timeout, reset), or its SQLSTATE
 * means that the server closed the connection.
 */
function isLoss(error: Error): boolean {
  const code = sqlStateOf(error);
  return !/^[0-9A-Z]{5}$/.test(code) || /^(08...|57P..|25P03)$/.test(code);
}

function executed({ command, rowCount, rows }: Result): { rows: Result['rows']; numAffectedRows?: bigint } {
  return command === 'SELECT' ? { rows } : { rows, numAffectedRows: BigInt(rowCount ?? 0) };
}

export async function orFailure<R>(step: Promise<R>): Promise<R> {
  try {
    return await step;
  } catch (error) {
    throw failure(postgresFailureOf, error);
  }
}

export function sqlStateOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}
