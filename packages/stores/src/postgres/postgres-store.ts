import { OptionError, parseMasterKey, UnavailableError } from '@flairgate/core';
import { assertKnownOptions, parseInteger } from '@flairgate/core/internal';
import { openStore, type RowStore, type Store } from '@flairgate/core/store';
import { Kysely } from 'kysely';
import type { Database } from '../sql/conditions.js';
import { failure } from '../sql/failure.js';
import { type MigrateOptions, migrate } from '../sql/migrate.js';
import { sqlRowStore } from '../sql/row-store.js';
import { postgresBackend, postgresFailureOf, sqlStateOf } from './backend.js';
import { backgroundWrites } from './background.js';
import { StoreDialect } from './dialect.js';
import { ANSWER_MARGIN_MS, type Connecting, ignoreConnectionErrors, openPool, type PostgresPool } from './driver.js';
import { withTimeouts } from './host-pool.js';
import { joinedProbe } from './joined-probe.js';
import { createListener, type Listener } from './listener.js';
import { changeReader } from './read-changes.js';
import { keyReaders } from './read-key.js';
import { reserveConnection } from './reserved.js';

interface PostgresOptions {
  /**
   * 32 random bytes, or the same bytes in base64url or hexadecimal. Must be the same for every process. Keep a copy:
   * without the master key, the API keys in the database can no longer be used.
   */
  readonly masterKey: Uint8Array | string;
  /** Schema that contains the tables. The schema is created if missing. @default the first schema of the search path */
  readonly schema?: string | undefined;
  /** True to refuse a database that must be migrated, instead of migrating it. @default false */
  readonly mustBeCurrent?: boolean | undefined;
  /** Maximum milliseconds that a write waits for a lock, such as the lock of all security writes. @default 1000 */
  readonly lockTimeoutMs?: number | undefined;
}

export type PostgresStoreOptions = PostgresOptions &
  (
    | {
        /** Address of the primary server: `postgres://user:password@host:port/database`. */
        readonly url: string;
        /**
         * Maximum number of open connections. Two further connections listen for changes and poll changes. @default 10
         */
        readonly poolMax?: number | undefined;
        /** Maximum time to wait for a connection, in milliseconds. @default 5000 */
        readonly connectTimeoutMs?: number | undefined;
        /**
         * Maximum duration of a statement, in milliseconds. In a read, this is also the maximum pause between two
         * statements. In a write, a pause may last at most 750 milliseconds.
         * @default 5000
         */
        readonly statementTimeoutMs?: number | undefined;
        /**
         * True if `url` points to a pooler in transaction mode, such as PgBouncer or Neon's. The store then sets
         * timeouts inside transactions, does not prepare statements, and does not listen for pushes (notifications of
         * changes). Use `redisWakeUps` for pushes.
         * @default false
         */
        readonly pooler?: boolean | undefined;
      }
    | {
        /**
         * A node-postgres pool. Closing the store does not end the pool. One connection of the pool listens for
         * changes. If the pool allows five or more connections, a second one polls changes. A statement fails after 5
         * seconds without a response, and its connection is dropped. If the pool has no `connectionTimeoutMillis`, the
         * store sets it.
         */
        readonly pool: PostgresPool;
      }
  );

const URL_OPTIONS = [
  'url',
  'masterKey',
  'schema',
  'mustBeCurrent',
  'lockTimeoutMs',
  'poolMax',
  'connectTimeoutMs',
  'statementTimeoutMs',
  'pooler',
];
const POOL_OPTIONS = ['pool', 'masterKey', 'schema', 'mustBeCurrent', 'lockTimeoutMs'];
const MIGRATION_TIMEOUT_MS = 600_000;
/** Number of connections that are not counted in `poolMax`: one listens for changes, and one polls changes. */
const EXTRA_CONNECTIONS = 2;
const TIMEOUT_MS = 5000;

/**
 * Opens a store in a PostgreSQL database, which processes on any number of machines may share.
 *
 * A read sees one snapshot of the primary server; a standby is refused. A write locks each row that it reads. Once the
 * write holds the lock of all security writes, it locks no further rows. The commit of a security change notifies every
 * listening process.
 *
 * @throws OptionError for an unknown option, a missing or wrong master key, or a database made by a newer version.
 * @throws UnavailableError when the server cannot be reached.
 * @example
 * const masterKey = process.env.FLAIRGATE_MASTER_KEY ?? '';
 * const store = await postgresStore({ url: 'postgres://app@db.example/flairgate', masterKey });
 * const gate = createGate({ store, tokens: { issuer, audience } });
 */
export async function postgresStore(options: PostgresStoreOptions): Promise<Store> {
  assertKnownOptions('postgresStore', options, 'pool' in options ? POOL_OPTIONS : URL_OPTIONS);
  const masterKey = parseKey(options.masterKey);
  const schema = parseSchema(options.schema);
  const { mustBeCurrent } = options;
  const lockTimeoutMs = countOption('lockTimeoutMs', options.lockTimeoutMs, 1000);
  if ('pool' in options) {
    ignoreConnectionErrors(options.pool);
    await migrateWith(options.pool, { schema, mustBeCurrent });
    return openStore(rowStore({ ...hostConnections(options.pool), lockTimeoutMs }, schema), masterKey);
  }
  const connecting = parseConnecting(options);
  const migrating = await openPool({ ...connecting, poolMax: 1, statementTimeoutMs: MIGRATION_TIMEOUT_MS });
  await migrateWith(migrating, { schema, mustBeCurrent })
    .catch((error: unknown) => {
      throw namePooler(error);
    })
    .finally(() => migrating.end());
  const pool = await openPool({ ...connecting, poolMax: connecting.poolMax + EXTRA_CONNECTIONS });
  const { poolMax, pooler } = connecting;
  const statementTimeoutMs = pooler ? connecting.statementTimeoutMs : undefined;
  const connections = {
    pool,
    poolMax,
    lockTimeoutMs,
    statementTimeoutMs,
    pooler,
    isReserved: true,
    endPool: () => pool.end(),
  };
  return openStore(rowStore(connections, schema), masterKey);
}

/** The connections of a store. */
interface Connections {
  readonly pool: PostgresPool;
  /** Maximum number of open connections, without the connections that listen for changes and poll changes. */
  readonly poolMax: number;
  /** True if a connection is reserved to poll changes. */
  readonly isReserved: boolean;
  readonly lockTimeoutMs: number;
  readonly statementTimeoutMs?: number | undefined;
  /** True behind a pooler in transaction mode. */
  readonly pooler: boolean;
  endPool(): Promise<void> | void;
}

/** Minimum size of a host's pool (the option `pool`) for which one connection is reserved to poll changes. */
const LEAST_POOL = 5;

/** Returns the connections of a host's pool, with timeouts where the pool has none. */
function hostConnections(pool: PostgresPool): Omit<Connections, 'lockTimeoutMs'> {
  const { max = 10, statement_timeout: own } = pool.options ?? {};
  const isReserved = max >= LEAST_POOL;
  // A connection that is still being opened counts toward the pool's size, and only the pool itself can stop opening
  // it.
  if (pool.options !== undefined) pool.options.connectionTimeoutMillis ||= TIMEOUT_MS;
  return {
    pool: withTimeouts(pool, { connectMs: TIMEOUT_MS, answerMs: TIMEOUT_MS + ANSWER_MARGIN_MS }),
    poolMax: isReserved ? max - EXTRA_CONNECTIONS : max,
    isReserved,
    pooler: false,
    statementTimeoutMs: Number(own) > 0 ? undefined : TIMEOUT_MS,
    endPool: () => undefined,
  };
}

async function migrateWith(pool: PostgresPool, options: MigrateOptions): Promise<void> {
  try {
    await migrate(kysely(pool), 'postgres', options);
  } catch (error) {
    throw error instanceof OptionError ? error : failure(postgresFailureOf, error);
  }
}

/** Number of connections that writes do not use, so that reads do not wait for writes. */
const FOR_READS = 4;

function rowStore(connections: Connections, schema: string | undefined): RowStore {
  const { pool, poolMax, isReserved, lockTimeoutMs, statementTimeoutMs, pooler } = connections;
  const channel = `flairgate ${schema ?? ''}`.trim();
  // A pooler in transaction mode gives the server connection to other clients between transactions, so this process
  // would not receive notifications.
  const listener = pooler ? SILENT : createListener(() => pool.connect(), channel);
  const forChanges = isReserved ? reserveConnection(pool) : undefined;
  const db = kysely(pool);
  const compiler = schema === undefined ? db : db.withSchema(schema);
  const maxWriters = Math.max(1, poolMax - FOR_READS);
  const backend = postgresBackend(pool, { compiler, channel, maxWriters, lockTimeoutMs, statementTimeoutMs });
  const rows = sqlRowStore(backend);
  let closed: Promise<void> | undefined;
  return {
    ...rows,
    existenceProbe: joinedProbe({ pool, schema, canPrepare: !pooler }, rows.existenceProbe),
    changesAfter: changeReader({ pool: forChanges ?? pool, schema, canPrepare: !pooler }),
    ...keyReaders({ pool, schema, canPrepare: !pooler }),
    background: backgroundWrites(pool, schema),
    onPush: (wake) => listener.subscribe(wake),
    close() {
      forChanges?.close();
      closed ??= listener.close().then(() => connections.endPool());
      return closed;
    },
  };
}

const SILENT: Listener = { subscribe: () => () => undefined, close: async () => undefined };

/**
 * Returns an error that names the option `pooler` if the given error comes from a pooler that refuses startup
 * parameters. Returns any other error unchanged.
 */
function namePooler(error: unknown): unknown {
  if (!(error instanceof UnavailableError) || !(error.cause instanceof Error)) return error;
  const isPooler = sqlStateOf(error.cause) === '08P01' && /unsupported startup parameter/.test(error.cause.message);
  if (!isPooler) return error;
  const text = 'postgresStore: url: is of a pooler, which refuses timeouts at the start; set `pooler` to true';
  return new OptionError(text, { cause: error });
}

function kysely(pool: PostgresPool): Kysely<Database> {
  return new Kysely<Database>({ dialect: new StoreDialect({ pool }) });
}

function parseConnecting(options: Extract<PostgresStoreOptions, { url: string }>): Connecting {
  if (!/^postgres(ql)?:\/\/./.test(options.url ?? '') || !URL.canParse(options.url)) {
    throw new OptionError('postgresStore: url: must be postgres://user:password@host:port/database');
  }
  return {
    url: options.url,
    poolMax: countOption('poolMax', options.poolMax, 10),
    connectTimeoutMs: countOption('connectTimeoutMs', options.connectTimeoutMs, TIMEOUT_MS),
    statementTimeoutMs: countOption('statementTimeoutMs', options.statementTimeoutMs, TIMEOUT_MS),
    pooler: flagOption('pooler', options.pooler),
  };
}

function countOption(option: string, given: number | undefined, fallback: number): number {
  return parseInteger(`postgresStore: ${option}`, given, { least: 1, most: 600_000, fallback });
}

function flagOption(option: string, given: unknown): boolean {
  if (given === undefined || typeof given === 'boolean') return given ?? false;
  throw new OptionError(`postgresStore: ${option}: must be true or false`);
}

function parseKey(given: Uint8Array | string | undefined): Uint8Array {
  if (given === undefined) {
    throw new OptionError('postgresStore: masterKey: must be 32 random bytes, the same for every process');
  }
  return typeof given === 'string' ? parseMasterKey(given) : given;
}

/**
 * Parses a schema name. The name must mean the same schema with and without quotes. It must also fit into the name of a
 * notification channel.
 */
function parseSchema(given: string | undefined): string | undefined {
  if (given === undefined || /^[a-z_][a-z0-9_]{0,49}$/.test(given)) return given;
  throw new OptionError('postgresStore: schema: must be at most 50 lower-case letters, digits and underscores');
}
