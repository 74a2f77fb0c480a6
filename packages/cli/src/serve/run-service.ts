import { type AdministrationContext, readOrClaimSetting } from '@flairgate/core/administration';
import type { Store } from '@flairgate/core/store';
import { createService, type Service, type ServiceOptions, serviceApp } from '@flairgate/server';
import type { RequestHandler } from 'express';
import type { ProcessIo } from '../command.js';
import type { Settings } from '../configuration/settings.js';
import { chooseDatabase, type Database, openDatabase } from '../database.js';
import { openLimits } from './limits.js';
import { type HttpListener, listen } from './listener.js';
import type { RunOptions } from './run-options.js';
import { openLog } from './service-log.js';
import { metricsPortOf, nameVariables, serviceOptions } from './service-options.js';
import { openMetricsPort, openTelemetry, type Telemetry } from './telemetry.js';
import { waitForShutdownSignal } from './wait-for-shutdown-signal.js';

/** A service whose port is bound and whose store is open, but which does not answer requests yet. */
export interface OpenedService {
  readonly url: string;
  readonly service: Service;
  readonly store: Store;
  readonly database: Database;
  /** Context for commands that run in this process. */
  readonly administration: AdministrationContext;
}

/** Handlers that a host program adds to a service. They run in addition to the service's own routes. */
export interface Addition {
  readonly handlers: readonly RequestHandler[];
  /** Lines that are printed when the service is ready. */
  readonly lines: readonly string[];
  close(): Promise<void>;
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 8787;
const GRACE_MS = 10_000;

/**
 * Runs the service until SIGTERM or SIGINT. Then finishes running requests and closes everything.
 *
 * The port is bound first, so that nothing is created if another process already uses the port.
 *
 * @throws OptionError for an invalid option or setting. Everything that was opened is closed before the error is
 * thrown.
 */
export async function runService(
  options: RunOptions,
  settings: Settings,
  io: ProcessIo,
  add: (opened: OpenedService) => Promise<Addition> = async () => NO_ADDITION,
): Promise<void> {
  metricsPortOf(options, settings);
  const listener = await listen(
    options.host ?? settings.HOST ?? DEFAULT_HOST,
    options.port ?? settings.PORT ?? DEFAULT_PORT,
  );
  const closers: Closer[] = [];
  let graceMs = 0;
  let failures: readonly unknown[] = [];
  try {
    const telemetry = await openTelemetry(listener.server, settings);
    const opened = await openService({ listener, options, settings, telemetry, note: io.note }, closers);
    const addition = await add(opened);
    closers.unshift(() => addition.close());
    const { log: logSettings } = settings.configuration;
    const log = openLog(listener.server, logSettings, settings.FLAIRGATE_TRUST_PROXY !== undefined);
    closers.push(() => log.close());
    const metricsUrl = await serveMetrics({ options, settings, telemetry }, closers);
    const app = serviceApp(opened.service, ...addition.handlers);
    listener.answerWith(telemetry?.traced(app) ?? app);
    await warnOfSuspension(opened.store, io);
    log.logger.info(startOf(opened), 'serving');
    const admin = settings.configuration.hasConsole
      ? [`The admin page is ${listener.url}/console; sign in with a key.`]
      : [];
    const metrics = metricsUrl === undefined ? [] : [`Metrics are at ${metricsUrl}.`];
    printStart({ ...opened, metricsUrl }, [...admin, ...metrics, ...addition.lines], options, io);
    const signal = await waitForShutdownSignal();
    log.logger.info({ signal }, 'stopping');
    graceMs = GRACE_MS;
    // Ends waiting requests (of the change feed, and of commands with `wait`), which would otherwise outlast the grace
    // period.
    opened.service.context.changes.stop();
    opened.service.context.everywhere.stop();
  } finally {
    await listener.close(graceMs);
    failures = await closeAll(closers);
  }
  if (failures.length > 0) throw failures[0];
}

/** Closes one opened part of the service. */
type Closer = () => Promise<void> | void;

/** Runs all closers in order. If a closer fails, the remaining closers still run. Returns the failures. */
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

const NO_ADDITION: Addition = { handlers: [], lines: [], close: async () => undefined };

/** Opens the metrics port if one is configured. Returns the URL of the metrics, or undefined without such a port. */
async function serveMetrics(
  { options, settings, telemetry }: Pick<Opening, 'options' | 'settings' | 'telemetry'>,
  closers: Closer[],
): Promise<string | undefined> {
  const port = metricsPortOf(options, settings);
  if (port === undefined || telemetry?.writeMetrics === undefined) return undefined;
  const opened = await openMetricsPort(options.host ?? settings.HOST ?? DEFAULT_HOST, port, telemetry.writeMetrics);
  closers.unshift(() => opened.close());
  return opened.url;
}

interface Opening {
  readonly listener: HttpListener;
  readonly options: RunOptions;
  readonly settings: Settings;
  readonly telemetry: Telemetry | undefined;
  readonly note: ProcessIo['note'];
}

async function openService(opening: Opening, closers: Closer[]): Promise<OpenedService> {
  const { listener, options, settings, telemetry, note } = opening;
  const database = chooseDatabase(options.database, settings);
  const pooler = options.pooler ?? settings.FLAIRGATE_POOLER;
  const store = await openDatabase(
    database,
    pooler === undefined ? settings : { ...settings, FLAIRGATE_POOLER: pooler },
    note,
    'any',
  );
  closers.push(() => store.close());
  const limits = await openLimits(settings, closers);
  const service = await createService({
    ...(await readSharedSettings(store, settings, listener.url)),
    ...serviceOptions(options, settings, limits),
    ...(telemetry?.writeMetrics === undefined ? {} : { metrics: telemetry.writeMetrics }),
    store,
  }).catch(nameVariables);
  if (telemetry !== undefined) {
    telemetry.record(service.gate);
    closers.push(() => telemetry.close());
  }
  closers.unshift(() => service.close());
  return { url: listener.url, service, store, database, administration: service.context.administration };
}

/**
 * Returns the issuer and the audience of tokens, which all processes on the same database share. Stores both in the
 * database if it has none yet. Also returns the token secret of the settings, if there is one.
 */
async function readSharedSettings(
  store: Store,
  settings: Settings,
  url: string,
): Promise<Pick<ServiceOptions, 'issuer' | 'audience' | 'tokenSecret'>> {
  const { FLAIRGATE_ISSUER, FLAIRGATE_AUDIENCE, FLAIRGATE_TOKEN_SECRET: tokenSecret } = settings;
  return {
    issuer: await readOrClaimSetting(store, 'issuer', FLAIRGATE_ISSUER, url),
    audience: await readOrClaimSetting(store, 'audience', FLAIRGATE_AUDIENCE, 'flairgate'),
    ...(tokenSecret === undefined ? {} : { tokenSecret }),
  };
}

async function warnOfSuspension(store: Store, { note }: ProcessIo): Promise<void> {
  const suspended = await store.read((tx) => tx.get('setting', { name: 'suspended' }));
  if (suspended !== undefined)
    note('Every key is suspended since a restore; check them, then: flairgate restore --confirm');
}

function startOf({ url, service, database }: OpenedService): object {
  return { url, issuer: service.context.issuer, database: database.kind, node: process.version };
}

function printStart(
  { url, service, metricsUrl }: OpenedService & { readonly metricsUrl: string | undefined },
  lines: readonly string[],
  { json }: RunOptions,
  { out }: ProcessIo,
): void {
  const { issuer } = service.context;
  if (json === true) {
    out(JSON.stringify({ url, issuer, ...(metricsUrl === undefined ? {} : { metrics: metricsUrl }) }));
    return;
  }
  out(`Flairgate serves ${url}${issuer === url ? '' : ` (issuer ${issuer})`}; stop it with Ctrl+C.`);
  if (service.context.allowGetExchange) {
    out('GET /jwt takes secrets in the query, as LimaCharlie does: keep query strings out of the logs of proxies.');
  }
  for (const line of lines) out(line);
}
