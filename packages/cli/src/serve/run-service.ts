import { consoleFolder } from '@flairgate/console';
import { type KeyFormat, OptionError } from '@flairgate/core';
import { type AdministrationContext, settle } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { createService, type Service, type ServiceOptions, serviceApp } from '@flairgate/server';
import type { RequestHandler } from 'express';
import type { ProcessIo } from '../command.js';
import { type Configuration, readConfiguration } from '../configuration.js';
import { chooseDatabase, type Database, openDatabase } from '../database.js';
import type { Environment } from '../environment.js';
import { openLimits } from './limits.js';
import { type Listener, listen } from './listener.js';
import { openLog } from './service-log.js';
import { waitForShutdownSignal } from './wait-for-shutdown-signal.js';

/** Options of the command line, which take precedence over the environment. */
export interface RunOptions {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly database?: string | undefined;
  readonly config?: string | undefined;
  /** Format of new keys. */
  readonly keyFormat?: KeyFormat | undefined;
  /** Options of the service where neither the command line, the environment nor the configuration file sets them. */
  readonly defaults?: Configuration['service'];
  /** True to print one JSON object instead of lines for people. */
  readonly json?: boolean | undefined;
}

/** A service whose port is bound and whose store is open, before its first answer. */
export interface OpenedService {
  readonly url: string;
  readonly service: Service;
  readonly store: Store;
  readonly database: Database;
  /** For commands of this process. */
  readonly administration: AdministrationContext;
}

/** Handlers that are served next to the service's own routes. */
export interface Addition {
  readonly handlers: readonly RequestHandler[];
  /** Lines for the person who started it, when all is ready. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 8787;
const GRACE_MS = 10_000;

/**
 * Runs the service until SIGTERM or SIGINT, then answers what it has begun and closes everything.
 *
 * The port is bound first, so that nothing is made where another process serves already.
 *
 * @throws OptionError, with nothing left open, when something it was told cannot be used.
 */
export async function runService(
  options: RunOptions,
  environment: Environment,
  io: ProcessIo,
  add: (opened: OpenedService) => Promise<Addition> = async () => NOTHING,
): Promise<void> {
  const listener = await listen(
    options.host ?? environment.HOST ?? DEFAULT_HOST,
    options.port ?? environment.PORT ?? DEFAULT_PORT,
  );
  const closers: Closer[] = [];
  let graceMs = 0;
  let failures: readonly unknown[] = [];
  try {
    const configuration = readConfiguration(options.config ?? environment.FLAIRGATE_CONFIG, io.note);
    const opened = await open({ listener, options, environment, configuration, note: io.note }, closers);
    const addition = await add(opened);
    closers.unshift(() => addition.close());
    const log = openLog(listener.server, environment.FLAIRGATE_TRUST_PROXY !== undefined);
    closers.push(() => log.close());
    listener.answerWith(serviceApp(opened.service, ...addition.handlers));
    await warnOfSuspension(opened.store, io);
    log.logger.info(startOf(opened), 'serving');
    printStart(opened, addition.lines, options, io);
    const signal = await waitForShutdownSignal();
    log.logger.info({ signal }, 'stopping');
    graceMs = GRACE_MS;
    // Services keep a question held here, and commands may wait; they would not be answered before the grace is over.
    opened.service.context.changes.stop();
    opened.service.context.everywhere.stop();
  } finally {
    await listener.close(graceMs);
    failures = await closeAll(closers);
  }
  if (failures.length > 0) throw failures[0];
}

/** Ends one part of what was opened. */
type Closer = () => Promise<void> | void;

/** Closes all in order, even after a failure. Returns the failures. */
async function closeAll(closers: readonly Closer[]): Promise<readonly unknown[]> {
  const failures: unknown[] = [];
  for (const close of closers) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}

const NOTHING: Addition = { handlers: [], lines: [], close: async () => undefined };

interface Opening {
  readonly listener: Listener;
  readonly options: RunOptions;
  readonly environment: Environment;
  readonly configuration: Configuration;
  readonly note: ProcessIo['note'];
}

async function open(opening: Opening, closers: Closer[]): Promise<OpenedService> {
  const { listener, options, environment, configuration, note } = opening;
  const database = chooseDatabase(options.database, environment);
  const store = await openDatabase(database, environment, note, 'any');
  closers.push(() => store.close());
  const limits = await openLimits(environment, closers);
  const service = await createService({
    ...(await readSharedSettings(store, environment, listener.url)),
    ...limits,
    keyHash: configuration.keyHash,
    limits: configuration.limits,
    ...options.defaults,
    ...configuration.service,
    gate: { ...limits.gate, ...configuration.gate },
    ...(configuration.catalogue === undefined ? {} : { catalogue: configuration.catalogue }),
    ...keyFormatOf(options, environment),
    ...trustedProxies(environment),
    store,
    consoleFolder,
    // LimaCharlie's programs send their secret in the query.
    allowGetExchange: true,
    exchangeAtRoot: true,
  }).catch(nameVariables);
  closers.unshift(() => service.close());
  return { url: listener.url, service, store, database, administration: service.context.administration };
}

/** Reads the settings that all processes on the database share. */
async function readSharedSettings(
  store: Store,
  environment: Environment,
  url: string,
): Promise<Pick<ServiceOptions, 'issuer' | 'audience' | 'tokenSecret'>> {
  const { FLAIRGATE_ISSUER, FLAIRGATE_AUDIENCE, FLAIRGATE_TOKEN_SECRET: tokenSecret } = environment;
  return {
    issuer: await settle(store, 'issuer', FLAIRGATE_ISSUER, url),
    audience: await settle(store, 'audience', FLAIRGATE_AUDIENCE, 'flairgate'),
    ...(tokenSecret === undefined ? {} : { tokenSecret }),
  };
}

function trustedProxies({ FLAIRGATE_TRUST_PROXY: given }: Environment): Pick<ServiceOptions, 'trustProxy'> {
  if (given === undefined) return {};
  const isCount = /^\d{1,3}$/.test(given);
  return { trustProxy: isCount ? Number(given) : given.split(',').map((part) => part.trim()) };
}

function keyFormatOf(
  { keyFormat: named }: RunOptions,
  { FLAIRGATE_KEY_FORMAT: set }: Environment,
): Pick<ServiceOptions, 'keyFormat'> {
  const keyFormat = named ?? set;
  return keyFormat === undefined ? {} : { keyFormat };
}

const VARIABLES: Readonly<Record<string, string>> = {
  tokenSecret: 'FLAIRGATE_TOKEN_SECRET',
  trustProxy: 'FLAIRGATE_TRUST_PROXY',
};

/** Renames the option in an error to the environment variable. */
function nameVariables(error: unknown): never {
  if (!(error instanceof OptionError)) throw error;
  const text = error.message.replace(/^\w+/, (option) => VARIABLES[option] ?? option);
  throw new OptionError(text, { cause: error });
}

async function warnOfSuspension(store: Store, { note }: ProcessIo): Promise<void> {
  const suspended = await store.read((tx) => tx.get('setting', { name: 'suspended' }));
  if (suspended !== undefined)
    note('Every key is suspended since a restore; look through them, then: flairgate restore --confirm');
}

function startOf({ url, service, database }: OpenedService): object {
  return { url, issuer: service.context.issuer, database: database.kind, node: process.version };
}

function printStart(
  { url, service }: OpenedService,
  lines: readonly string[],
  { json }: RunOptions,
  { out }: ProcessIo,
): void {
  const { issuer } = service.context;
  if (json === true) {
    out(JSON.stringify({ url, issuer }));
    return;
  }
  out(`Flairgate serves ${url}${issuer === url ? '' : ` (issuer ${issuer})`}; stop it with Ctrl+C.`);
  out('GET /jwt takes secrets in the query, as LimaCharlie does: keep query strings out of the logs of proxies.');
  out(`The admin page is ${url}/console; sign in with a key.`);
  for (const line of lines) out(line);
}
