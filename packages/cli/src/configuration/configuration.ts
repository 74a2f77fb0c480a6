import { type Catalogue, OptionError } from '@flairgate/core';
import { type CallerLimits, parseCallerLimits } from '@flairgate/core/administration';
import { DEFAULT_HASH_SETTING, type HashSetting } from '@flairgate/core/calibrate';
import type { GateOptions, RateLimitOptions } from '@flairgate/express';
import type { ServiceOptions } from '@flairgate/server';
import type { PostgresStoreOptions } from '@flairgate/stores/postgres';
import { toCatalogue } from '../catalogue-file.js';
import type { ConfigurationFile } from './file.js';
import { definedOf, toFederationIssuers, toIssuers } from './issuers.js';
import type { FileContent } from './schema.js';

const FEWEST_ADVISED_ROUNDS = 29_000;

/** Settings of the configuration file that have no environment variable. */
export interface Configuration {
  /** Hash algorithm for new keys. */
  readonly keyHash: HashSetting;
  /** Limits on the number of objects that one caller may own. */
  readonly limits: CallerLimits;
  /** Service options that the file sets. All other service options keep their defaults. */
  readonly service: Pick<ServiceOptions, ServiceSetting>;
  /** Permission catalogue. If the file contains none, the catalogue in the database applies. */
  readonly catalogue?: Catalogue;
  /** Settings of the gate, which checks the credentials of requests. */
  readonly gate: Pick<GateOptions, GateSetting>;
  /** Settings of the call limit (rate limit). */
  readonly rateLimit: Pick<RateLimitOptions, 'onStoreFailure'> & {
    readonly by?: 'identity' | 'organization' | 'user' | 'address';
  };
  /** Settings of the database. */
  readonly database: DatabaseSettings;
  /** Prefix of all keys that Flairgate uses in Redis. */
  readonly redisPrefix: string | undefined;
  /** True if the service serves the console (admin page). */
  readonly hasConsole: boolean;
  /** Settings of the console. The client secret is not part of them, because it may be in an environment variable. */
  readonly consoleSettings: FileContent['console'];
  /** True if the service records metrics. */
  readonly hasMetrics: boolean;
  readonly log: LogSettings;
}

type ServiceSetting =
  | 'keyFormat'
  | 'unknownFlairs'
  | 'maxTokenSeconds'
  | 'maxTokenBytes'
  | 'compactAboveBytes'
  | 'tokenAlgorithm'
  | 'issuers'
  | 'resources'
  | 'federation'
  | 'allowGetExchange'
  | 'exchangeAtRoot'
  | 'uniqueOrganizationNames'
  | 'readableIngestionKeys'
  | 'proxyHeader'
  | 'requestIds';

type GateSetting =
  | 'missingPermissionStatus'
  | 'scopeSeparator'
  | 'usage'
  | 'preflight'
  | 'bearerKeys'
  | 'keyHeaders'
  | 'maxStalenessSeconds'
  | 'maxCachedPrincipals';

/** Settings of the database in addition to its URL or file name, such as timeouts. */
export interface DatabaseSettings
  extends Pick<
    Extract<PostgresStoreOptions, { url: string }>,
    'schema' | 'poolMax' | 'connectTimeoutMs' | 'statementTimeoutMs' | 'lockTimeoutMs'
  > {
  readonly busyTimeoutMs?: number;
}

/** Settings of the service's log. */
export interface LogSettings {
  readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'silent';
  /** True to log each answered request. */
  readonly requests: boolean;
}

/** Converts the content of a configuration file to options. @throws OptionError for an invalid limit or catalogue */
export async function toConfiguration(
  { file, given }: ConfigurationFile,
  note: (line: string) => void,
): Promise<Configuration> {
  return {
    keyHash: hashIn(given, note),
    limits: limitsIn(file, given.limits ?? {}),
    service: await toServiceOptions(given),
    gate: gateIn(given),
    rateLimit: definedOf({ by: given.rate_limits?.by, onStoreFailure: given.rate_limits?.on_store_failure }),
    database: databaseIn(given),
    redisPrefix: given.redis?.prefix,
    hasConsole: given.console?.enabled ?? true,
    consoleSettings: given.console,
    hasMetrics: given.telemetry?.metrics ?? true,
    log: { level: given.log?.level ?? 'info', requests: given.log?.requests ?? false },
    ...(given.catalogue === undefined ? {} : { catalogue: toCatalogue(file ?? 'catalogue', given.catalogue) }),
  };
}

function hashIn({ authentication }: FileContent, note: (line: string) => void): HashSetting {
  const rounds = authentication?.api_key_rounds_no;
  if (rounds === undefined) return DEFAULT_HASH_SETTING;
  if (rounds < FEWEST_ADVISED_ROUNDS) {
    note(
      `authentication.api_key_rounds_no: ${rounds} is below ${FEWEST_ADVISED_ROUNDS}; find a number that fits with \`flairgate calibrate\``,
    );
  }
  return { scheme: 'pbkdf2-sha256', rounds };
}

function gateIn(given: FileContent): Configuration['gate'] {
  return definedOf({
    missingPermissionStatus: given.missing_permission_status,
    scopeSeparator: given.scope_separator,
    usage: given.usage,
    preflight: given.preflight,
    bearerKeys: given.bearer_keys,
    keyHeaders: given.key_headers,
    maxStalenessSeconds: given.revocation?.max_staleness_seconds,
    maxCachedPrincipals: given.revocation?.max_cached_principals,
  });
}

async function toServiceOptions(given: FileContent): Promise<Configuration['service']> {
  const { keys, tokens, organizations, exchange, proxies } = given;
  return definedOf({
    keyFormat: keys?.format,
    unknownFlairs: keys?.unknown_flairs,
    maxTokenSeconds: tokens?.max_seconds,
    maxTokenBytes: tokens?.max_bytes,
    compactAboveBytes: tokens?.compact_above_bytes,
    tokenAlgorithm: tokens?.algorithm,
    issuers: tokens?.issuers === undefined ? undefined : await toIssuers(tokens.issuers),
    resources: tokens?.resources,
    federation: federationIn(given),
    allowGetExchange: exchange?.allow_get,
    exchangeAtRoot: exchange?.at_root,
    uniqueOrganizationNames: organizations?.unique_names,
    readableIngestionKeys: given.ingestion_keys?.readable,
    proxyHeader: proxies?.header,
    requestIds: given.request_ids,
  });
}

function federationIn({ federation }: FileContent): ServiceOptions['federation'] {
  const { issuers, allow_private_addresses: allowPrivateAddresses } = federation ?? {};
  if (issuers === undefined && allowPrivateAddresses === undefined) return undefined;
  return definedOf({
    issuers: issuers === undefined ? undefined : toFederationIssuers(issuers),
    allowPrivateAddresses,
  });
}

function databaseIn({ database }: FileContent): DatabaseSettings {
  return definedOf({
    schema: database?.schema,
    poolMax: database?.pool_max,
    connectTimeoutMs: database?.connect_timeout_ms,
    statementTimeoutMs: database?.statement_timeout_ms,
    lockTimeoutMs: database?.lock_timeout_ms,
    busyTimeoutMs: database?.busy_timeout_ms,
  });
}

function limitsIn(file: string | undefined, given: Readonly<Record<string, number>>): CallerLimits {
  try {
    return parseCallerLimits(given);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new OptionError(`${file}: ${error.message}`, { cause: error });
  }
}
