import { consoleFolder, docsFolder } from '@flairgate/console';
import { OptionError } from '@flairgate/core';
import type { ServiceOptions } from '@flairgate/server';
import { toConsoleOptions } from '../configuration/console.js';
import type { Settings } from '../configuration/settings.js';
import type { RunOptions } from './run-options.js';

/** Returns the service options that do not depend on the database. */
export function serviceOptions(
  { defaults, keyFormat: named }: Pick<RunOptions, 'defaults' | 'keyFormat'>,
  settings: Settings,
  limits: Pick<ServiceOptions, 'gate' | 'rateLimit'>,
): Omit<ServiceOptions, 'store' | 'issuer' | 'audience'> {
  const { configuration, FLAIRGATE_KEY_FORMAT: set } = settings;
  const keyFormat = named ?? set;
  return {
    ...limits,
    keyHash: configuration.keyHash,
    limits: configuration.limits,
    // LimaCharlie's clients send the secret in the query.
    allowGetExchange: true,
    exchangeAtRoot: true,
    ...defaults,
    ...configuration.service,
    gate: { ...limits.gate, ...configuration.gate },
    ...(configuration.catalogue === undefined ? {} : { catalogue: configuration.catalogue }),
    ...(keyFormat === undefined ? {} : { keyFormat }),
    ...trustedProxies(settings),
    docsFolder,
    ...consoleOptions(settings),
  };
}

/**
 * Returns the port that serves only metrics. Undefined if none is set.
 *
 * @throws OptionError if metrics are off
 */
export function metricsPortOf(
  { metricsPort }: Pick<RunOptions, 'metricsPort'>,
  settings: Settings,
): number | undefined {
  const port = metricsPort ?? settings.FLAIRGATE_METRICS_PORT;
  if (port === undefined || settings.configuration.hasMetrics) return port;
  const name = metricsPort === undefined ? 'FLAIRGATE_METRICS_PORT or listen.metrics_port' : '--metrics-port';
  throw new OptionError(`${name}: must not be set while telemetry.metrics is false`);
}

function consoleOptions({
  configuration: { consoleSettings, hasConsole },
  FLAIRGATE_OIDC_CLIENT_SECRET: clientSecret,
}: Settings): Pick<ServiceOptions, 'consoleFolder' | 'console'> {
  const options = toConsoleOptions(consoleSettings, clientSecret);
  if (!hasConsole) return {};
  return { consoleFolder, ...(options === undefined ? {} : { console: options }) };
}

function trustedProxies({ FLAIRGATE_TRUST_PROXY: given }: Settings): Pick<ServiceOptions, 'trustProxy'> {
  if (given === undefined) return {};
  const isCount = /^\d{1,3}$/.test(given);
  return { trustProxy: isCount ? Number(given) : given.split(',').map((part) => part.trim()) };
}

const VARIABLES: Readonly<Record<string, string>> = {
  tokenSecret: 'FLAIRGATE_TOKEN_SECRET or tokens.secret_file',
  trustProxy: 'FLAIRGATE_TRUST_PROXY or proxies.trust',
  issuers: 'tokens.issuers',
};

/**
 * Rethrows an error. In the message of an OptionError, first replaces the name of the library option by the environment
 * variable or member of the configuration file that sets this option.
 */
export function nameVariables(error: unknown): never {
  if (!(error instanceof OptionError)) throw error;
  const text = error.message.replace(/^\w+/, (option) => VARIABLES[option] ?? option);
  throw new OptionError(text, { cause: error });
}
