import {
  assertPrimary,
  assertStorable,
  isMatchable,
  type KeyOf,
  type Page,
  type ReadTransaction,
  type RevisionRow,
  type RowStore,
  type TableName,
  type Tables,
  UniqueError,
  type WriteTransaction,
} from '@flairgate/core/store';
import { canClash } from './can-clash.js';
import { failure } from './failure.js';
import { inBatches } from './in-batches.js';
import { type Queries, sqlQueries } from './queries.js';
import {
  type Execute,
  type Executed,
  executeQuery,
  runSession,
  type Session,
  type SqlBackend,
  tryRun,
} from './session.js';
import { readRow } from './stored-text.js';

type ExistenceProbe = NonNullable<RowStore['existenceProbe']>;
type SqlRowStore = Pick<RowStore, 'read' | 'write'> & { readonly existenceProbe: ExistenceProbe };

/**
 * Creates a row store (the part of a store that reads and writes rows) on a SQL database. The statements are the same
 * for every database, and are built from core's `schema`.
 */
export function sqlRowStore(backend: SqlBackend): SqlRowStore {
  const { existenceProbe } = backend;
  const isUnsure = existenceProbe.kind === 'async' ? existenceProbe.isUnsure : undefined;
  const queries = sqlQueries(backend.compiler, backend.engine, isUnsure);
  const open = (execute: Execute, lockReads: boolean): Session => ({
    backend,
    queries,
    execute,
    lockReads,
    changedRevision: false,
    failure: undefined,
    over: false,
  });
  return {
    existenceProbe: probeWith(backend, queries),
    read: (work) =>
      backend.read((execute) => runSession(open(execute, false), (session) => work(readTransaction(session)))),
    async write(work, order) {
      let changedRevision = false;
      const value = await backend.write(async (execute) => {
        const session = open(execute, backend.locksRows);
        const result = await runSession(session, (live) => work(writeTransaction(live)));
        changedRevision = session.changedRevision;
        if (changedRevision) await backend.beforeRevisionCommit?.(execute);
        return result;
      }, order);
      if (changedRevision) backend.afterRevisionCommit?.();
      return value;
    },
  };
}

function probeWith({ existenceProbe, failureOf }: SqlBackend, queries: Queries): ExistenceProbe {
  const found = ({ rows }: Executed) => rows.length > 0;
  const thrown = (error: unknown) => {
    throw failure(failureOf, error);
  };
  const query = <T extends TableName>(table: T, key: KeyOf<T>) => {
    assertPrimary(table, key);
    return isMatchable(table, key) ? queries.mightExist(table, key) : undefined;
  };
  if (existenceProbe.kind === 'async') {
    return {
      kind: 'async',
      async mightExist(table, key) {
        const asked = query(table, key);
        return asked !== undefined && found(await existenceProbe.run(asked).catch(thrown));
      },
    };
  }
  return {
    kind: 'sync',
    mightExist(table, key) {
      const asked = query(table, key);
      try {
        return asked !== undefined && found(existenceProbe.run(asked));
      } catch (error) {
        return thrown(error);
      }
    },
  };
}

function readTransaction(session: Session): ReadTransaction {
  return {
    async get(table, key) {
      assertPrimary(table, key);
      return (await select(session, table, key))[0];
    },
    find: (table, where, page) => select(session, table, where, page),
    findIn: (table, column, values, limit) => selectIn(session, table, column, values, limit),
    async findPolicies(...asked) {
      const rows = await ofPolicies(session, asked, session.queries.findPolicies);
      return rows.map((row) => readRow(session.backend.engine, 'policy', row));
    },
    async findPolicyOrganizations(...asked) {
      const rows = await ofPolicies(session, asked, session.queries.findPolicyOrganizations);
      return [...new Set(rows.map((row) => String(Object(row).oid)))];
    },
  };
}

async function select<T extends TableName>(
  session: Session,
  table: T,
  where: Partial<Tables[T]>,
  page?: Page<T>,
): Promise<readonly Tables[T][]> {
  if (!isMatchable(table, where)) return [];
  const { find, findForUpdate } = session.queries;
  const query = session.lockReads ? findForUpdate(table, where, page) : find(table, where, page);
  const { rows } = await executeQuery(session, query);
  return rows.map((row) => readRow(session.backend.engine, table, row));
}

async function selectIn<T extends TableName>(
  session: Session,
  table: T,
  column: keyof Tables[T] & string,
  values: readonly string[],
  limit = Number.MAX_SAFE_INTEGER,
): Promise<readonly Tables[T][]> {
  const wanted = matchable(table, column, values);
  const { findIn, findInForUpdate } = session.queries;
  const found: Tables[T][] = [];
  for (const some of inBatches(wanted)) {
    if (found.length >= limit) break;
    const query = (session.lockReads ? findInForUpdate : findIn)(table, column, some, limit - found.length);
    for (const row of (await executeQuery(session, query)).rows)
      found.push(readRow(session.backend.engine, table, row));
  }
  return found;
}

/** Returns the given values without duplicates. Values that no row can have in this column are left out. */
function matchable<T extends TableName>(
  table: T,
  column: keyof Tables[T] & string,
  values: readonly string[],
): readonly string[] {
  return [...new Set(values)].filter((value) => isMatchable(table, { [column]: value } as Partial<Tables[T]>));
}

type PolicyQuery = Parameters<ReadTransaction['findPolicies']>;

/**
 * Runs a query for the policies of given groups in given organizations. Each statement covers one batch of
 * organizations.
 */
async function ofPolicies(session: Session, asked: PolicyQuery, query: Queries['findPolicies']): Promise<unknown[]> {
  const [oids, gids] = asked;
  if (gids.length === 0) return [];
  const found: unknown[] = [];
  for (const some of oids === 'all' ? [oids] : inBatches([...new Set(oids)])) {
    for (const row of (await executeQuery(session, query(some, gids, session.lockReads))).rows) found.push(row);
  }
  return found;
}

/** Maximum number of rows in one insert statement. */
const ROWS_AT_ONCE = 100;

async function insertAll<T extends TableName>(session: Session, table: T, rows: readonly Tables[T][]): Promise<void> {
  for (let at = 0; at < rows.length; ) {
    const size = rows.length - at >= ROWS_AT_ONCE ? ROWS_AT_ONCE : 1;
    const query = session.queries.insertAll(table, rows.slice(at, at + size));
    const { numAffectedRows } = await executeQuery(session, query);
    if (numAffectedRows !== BigInt(size)) throw new UniqueError(table);
    at += size;
  }
}

function writeTransaction(session: Session): WriteTransaction {
  const { queries } = session;
  const reads = readTransaction(session);
  return {
    ...reads,
    async lockRevision(): Promise<RevisionRow> {
      session.lockReads = session.backend.locksRows;
      const row = await reads.get('revision', { id: 1 });
      if (row === undefined) throw new Error('the store has no revision row: it was not initialized');
      session.lockReads = false;
      return row;
    },
    async count(table, where, most) {
      if (!isMatchable(table, where)) return 0;
      const { rows } = await executeQuery(session, queries.count(table, where, most));
      // PostgreSQL counts are 64-bit integers, which its driver returns as text.
      return Number(Object(rows[0]).rows);
    },
    async insert(table, row) {
      const { numAffectedRows } = await executeQuery(session, queries.insert(table, row));
      if (numAffectedRows === 0n) throw new UniqueError(table);
    },
    insertAll: (table, rows) => insertAll(session, table, rows),
    async update(table, key, patch) {
      assertPrimary(table, key);
      assertStorable(table, patch);
      if (!isMatchable(table, key)) return false;
      if (Object.keys(patch).length === 0) return (await reads.get(table, key)) !== undefined;
      const query = queries.update(table, key, patch);
      const { numAffectedRows } = canClash(table, patch)
        ? await tryRun(session, table, query)
        : await executeQuery(session, query);
      if (table === 'revision') session.changedRevision = true;
      return numAffectedRows !== 0n;
    },
    async remove(table, where) {
      if (Object.keys(where).length === 0) throw new TypeError(`remove from ${table} needs a condition`);
      if (!isMatchable(table, where)) return 0;
      const { numAffectedRows } = await executeQuery(session, queries.remove(table, where));
      return Number(numAffectedRows);
    },
    async removeIn(table, column, values, where = {}) {
      if (!isMatchable(table, where)) return 0;
      let removed = 0;
      for (const some of inBatches(matchable(table, column, values))) {
        const { numAffectedRows } = await executeQuery(session, queries.removeIn(table, column, some, where));
        removed += Number(numAffectedRows);
      }
      return removed;
    },
  };
}
