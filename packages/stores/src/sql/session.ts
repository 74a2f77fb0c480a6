import { type TableName, UniqueError, type WriteOrder } from '@flairgate/core/store';
import { CompiledQuery, type Expression, type Kysely, type SqlBool } from 'kysely';
import type { Database } from './conditions.js';
import { type Failure, failure } from './failure.js';
import type { Engine } from './migrations/engine.js';
import type { Queries } from './queries.js';

export interface Executed {
  readonly rows: readonly unknown[];
  readonly numAffectedRows?: bigint;
}

/** Runs one statement in a transaction. */
export type Execute = (query: CompiledQuery) => Promise<Executed>;

/** The parts of a store that differ between databases. */
export interface SqlBackend {
  readonly engine: Engine;
  /** Kysely instance that only compiles statements. The backend runs them. */
  readonly compiler: Kysely<Database>;
  /** True if a transaction can lock single rows. Otherwise a lock covers the whole database. */
  readonly locksRows: boolean;
  /** Runs `work` in a transaction that reads one snapshot. Errors of `work` are thrown unchanged. */
  read<R>(work: (execute: Execute) => Promise<R>): Promise<R>;
  /** Runs `work` in a transaction. Commits the transaction, or rolls it back if `work` throws. */
  write<R>(work: (execute: Execute) => Promise<R>, order: WriteOrder | undefined): Promise<R>;
  failureOf(error: unknown): Failure;
  /** Runs a statement that checks whether a row exists, without a transaction. */
  readonly existenceProbe: Glancing;
  /** Called immediately before the commit of a transaction that has changed the revision row (the change counter). */
  beforeRevisionCommit?(execute: Execute): Promise<void>;
  /** Called after the commit of a transaction that has changed the revision row. */
  afterRevisionCommit?(): void;
}

/** Runs a single reading statement. `isUnsure` is an SQL expression that is true if the result may be out of date. */
export type Glancing =
  | { readonly kind: 'sync'; run(query: CompiledQuery): Executed }
  | { readonly kind: 'async'; readonly isUnsure: Expression<SqlBool>; run(query: CompiledQuery): Promise<Executed> };

/** State of a running transaction. */
export interface Session {
  readonly backend: SqlBackend;
  readonly queries: Queries;
  readonly execute: Execute;
  /**
   * True while reads lock their rows. Reads of a write lock rows from its start until it holds the lock of all security
   * writes.
   */
  lockReads: boolean;
  changedRevision: boolean;
  /** Error of the first failed statement. If `work` catches the error, the error is thrown again before the commit. */
  failure: Error | undefined;
  over: boolean;
}

/**
 * Runs `work` in a session (a running transaction). After `work` has returned or thrown, the session runs no further
 * statement.
 */
export async function runSession<R>(session: Session, work: (session: Session) => Promise<R>): Promise<R> {
  try {
    const value = await work(session);
    if (session.failure !== undefined) throw session.failure;
    return value;
  } finally {
    session.over = true;
  }
}

/** Runs one statement. If the statement fails, the transaction cannot commit. */
export async function executeQuery(session: Session, query: CompiledQuery): Promise<Executed> {
  if (session.over) throw new Error('the transaction is over');
  try {
    return await session.execute(query);
  } catch (error) {
    session.failure ??= failure(session.backend.failureOf, error);
    throw session.failure;
  }
}

/**
 * Runs a statement after a savepoint. If the statement violates a unique constraint, the transaction can therefore
 * continue.
 *
 * @throws UniqueError for a violated unique constraint.
 */
export async function tryRun(session: Session, table: TableName, query: CompiledQuery): Promise<Executed> {
  await executeQuery(session, CompiledQuery.raw('savepoint flairgate'));
  try {
    const executed = await session.execute(query);
    await executeQuery(session, CompiledQuery.raw('release savepoint flairgate'));
    return executed;
  } catch (error) {
    if (session.backend.failureOf(error) !== 'unique') {
      session.failure ??= failure(session.backend.failureOf, error);
      throw session.failure;
    }
    await executeQuery(session, CompiledQuery.raw('rollback to savepoint flairgate'));
    await executeQuery(session, CompiledQuery.raw('release savepoint flairgate'));
    throw new UniqueError(table, error);
  }
}
