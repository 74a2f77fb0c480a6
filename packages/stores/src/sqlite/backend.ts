import { setTimeout } from 'node:timers/promises';
import { UnavailableError } from '@flairgate/core';
import { sqliteCode } from '@flairgate/core/internal';
import { type Failure, failure } from '../sql/failure.js';
import type { Execute, Executed, SqlBackend } from '../sql/session.js';
import type { Connection } from './connection.js';

/**
 * The connections that run transactions. If there is only one connection, `writer` and `reader` are both that
 * connection.
 */
export interface Connections {
  readonly writer: Connection;
  readonly reader: Connection;
}

/** Functions of the store that the backend calls. */
export interface Watch {
  /** Called after the commit of a write that changed the revision (the change counter). */
  onRevision(): void;
  /** Asserts that the store is open. @throws UnavailableError if the store is closed */
  assertOpen(): void;
}

/** Milliseconds between two attempts to get a lock that another process holds. */
const RETRY_MS = 5;

const POSSIBLE_MATCH: Executed = { rows: [{ found: 1 }] };

const UNAVAILABLE = /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CORRUPT|CANTOPEN|READONLY|NOMEM|NOTADB|PROTOCOL|INTERRUPT)/;

/**
 * Creates the backend of a SQLite database. A write waits at most `busyTimeoutMs` milliseconds for other writes, and
 * then fails with `UnavailableError`.
 */
export function sqliteBackend(connections: Connections, busyTimeoutMs: number, watch: Watch): SqlBackend {
  const { writer, reader } = connections;
  const { onRevision, assertOpen } = watch;
  return {
    engine: 'sqlite',
    compiler: writer.db,
    locksRows: false,
    failureOf: sqliteFailureOf,
    // Does not query while a transaction runs on the same connection. The transaction may have an older snapshot, or be
    // rolled back.
    existenceProbe: {
      kind: 'sync',
      run(query) {
        assertOpen();
        return reader.isIdle() ? reader.execute(query) : POSSIBLE_MATCH;
      },
    },
    read: (work) => transact(reader, () => reader.handle.exec('begin'), work),
    write: (work, order) => {
      // The timeout is counted from the call. If it were counted from the turn of a queued write, the write could wait
      // longer than the timeout.
      const giveUpAt = performance.now() + busyTimeoutMs;
      const begin = () => {
        if (busyTimeoutMs > 0 && performance.now() >= giveUpAt) throw notInTime();
        return whileBusy(() => writer.handle.exec('begin immediate'), giveUpAt);
      };
      return transact(writer, begin, work, order?.isUrgent);
    },
    afterRevisionCommit: onRevision,
  };
}

function notInTime(): UnavailableError {
  return new UnavailableError('store', new Error('the writes before this one took too long'));
}

export function sqliteFailureOf(error: unknown): Failure {
  const code = sqliteCodeOf(error);
  if (code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY') return 'unique';
  return UNAVAILABLE.test(code) ? 'unavailable' : 'fault';
}

/**
 * Repeats `step` while another process holds the lock that `step` needs. Other code of this process runs between the
 * attempts, because each pause returns to the event loop.
 */
export async function whileBusy(step: () => unknown, giveUpAt: number): Promise<void> {
  for (;;) {
    try {
      step();
      return;
    } catch (error) {
      if (!sqliteCodeOf(error).startsWith('SQLITE_BUSY') || performance.now() >= giveUpAt) throw error;
    }
    await setTimeout(RETRY_MS);
  }
}

function transact<R>(
  connection: Connection,
  begin: () => unknown,
  work: (execute: Execute) => Promise<R>,
  isUrgent = false,
): Promise<R> {
  const transaction = async () => {
    await orFailure(begin);
    try {
      const value = await work(async (query) => connection.execute(query));
      await orFailure(() => connection.commit());
      return value;
    } catch (error) {
      rollBack(connection);
      throw error;
    }
  };
  return connection.runExclusive(transaction, isUrgent);
}

async function orFailure(step: () => unknown): Promise<void> {
  try {
    await step();
  } catch (error) {
    throw failure(sqliteFailureOf, error);
  }
}

export function rollBack({ handle }: Connection): void {
  try {
    handle.exec('rollback');
  } catch {
    // SQLite has already rolled the transaction back, as it does when the disk is full.
  }
}

export function sqliteCodeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? sqliteCode(String(error.code)) : '';
}
