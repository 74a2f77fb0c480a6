import { CompiledQuery, type Kysely, type Transaction } from 'kysely';
import type { Database } from '../sql/queries.js';
import { type Execute, type Failure, failure, type SqlBackend } from '../sql/row-store.js';

/** `schema` is where the tables are; undefined leaves it to the connection's search path. */
export function postgresBackend(db: Kysely<Database>, schema: string | undefined, channel: string): SqlBackend {
  return {
    compiler: schema === undefined ? db : db.withSchema(schema),
    locksRows: true,
    failureOf,
    // `read write` although it only reads: a standby refuses that, and its rows may be old.
    read: (work) => transact(db, 'repeatable read', work),
    write: (work) => transact(db, 'read committed', work),
    async beforeRevisionCommit(execute) {
      await execute(CompiledQuery.raw("select pg_notify($1, '')", [channel]), true);
    },
  };
}

/** SQLSTATE classes of a wrong statement: data, integrity, syntax or access. All else is about the server. */
const FAULT = /^(22|23|42)...$/;

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof RangeError) return 'fault';
  const code = 'code' in error ? String(error.code) : '';
  if (code === '23505') return 'unique';
  return FAULT.test(code) ? 'fault' : 'unavailable';
}

async function transact<R>(
  db: Kysely<Database>,
  isolation: 'repeatable read' | 'read committed',
  work: (execute: Execute) => Promise<R>,
): Promise<R> {
  let thrown: { readonly error: unknown } | undefined;
  const guarded = async (tx: Transaction<Database>): Promise<R> => {
    try {
      return await work((query) => tx.executeQuery<Record<string, unknown>>(query));
    } catch (error) {
      thrown = { error };
      throw error;
    }
  };
  try {
    return await db.transaction().setIsolationLevel(isolation).setAccessMode('read write').execute(guarded);
  } catch (error) {
    // What `work` threw comes out as it is, also when the rollback then failed as well.
    if (thrown !== undefined) throw thrown.error;
    throw failure(failureOf, error);
  }
}
