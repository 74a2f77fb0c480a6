import { readSettingFile } from '../environment/setting-file.js';
import type { Environment } from '../environment.js';
import { type Configuration, toConfiguration } from './configuration.js';
import { readConfigurationFile } from './file.js';
import { definedOf } from './issuers.js';
import type { FileContent } from './schema.js';

/** Settings of one run of the program: the environment variables, completed by the configuration file. */
export type Settings = Environment & { readonly configuration: Configuration };

/**
 * Reads the configuration file and combines it with the environment. Environment variables take precedence over the
 * file.
 *
 * @throws OptionError for an invalid file.
 */
export async function readSettings(
  environment: Environment,
  named: string | undefined,
  note: (line: string) => void,
): Promise<Settings> {
  const found = await readConfigurationFile(named ?? environment.FLAIRGATE_CONFIG);
  const configuration = await toConfiguration(found, note);
  return { ...completedBy(environment, found.given), ...environment, configuration };
}

/** Returns the settings for a command that reads no configuration file. */
export async function settingsWithoutFile(environment: Environment): Promise<Settings> {
  return { ...environment, configuration: await toConfiguration({ file: undefined, given: {} }, () => undefined) };
}

/**
 * Returns the settings of the file in the form of environment variables. If the environment sets the database by URL or
 * folder, the result omits the database of the file.
 */
function completedBy(
  environment: Environment,
  { listen, database, redis, keys, tokens, ...given }: FileContent,
): Environment {
  const hasDatabase = environment.DATABASE_URL !== undefined || environment.FLAIRGATE_DATA !== undefined;
  return definedOf({
    PORT: listen?.port,
    HOST: listen?.host,
    FLAIRGATE_METRICS_PORT: listen?.metrics_port,
    OTEL_EXPORTER_OTLP_ENDPOINT: given.telemetry?.otlp_url,
    DATABASE_URL: hasDatabase ? undefined : database?.url,
    FLAIRGATE_DATA: hasDatabase ? undefined : database?.folder,
    FLAIRGATE_POOLER: database?.pooler,
    FLAIRGATE_MASTER_KEY:
      environment.FLAIRGATE_MASTER_KEY ?? fromFile('database.master_key_file', database?.master_key_file),
    REDIS_URL: redis?.url,
    FLAIRGATE_KEY_FORMAT: keys?.format,
    FLAIRGATE_ISSUER: tokens?.issuer,
    FLAIRGATE_AUDIENCE: tokens?.audience,
    FLAIRGATE_TOKEN_SECRET: environment.FLAIRGATE_TOKEN_SECRET ?? fromFile('tokens.secret_file', tokens?.secret_file),
    FLAIRGATE_OIDC_CLIENT_SECRET:
      environment.FLAIRGATE_OIDC_CLIENT_SECRET ??
      fromFile('console.oidc.client_secret_file', given.console?.oidc?.client_secret_file),
    FLAIRGATE_LIMIT: given.rate_limits?.calls,
    FLAIRGATE_BULK_LIMIT: given.rate_limits?.bulk_calls,
    FLAIRGATE_FAILURE_LIMIT: given.rate_limits?.refusals,
    FLAIRGATE_WINDOW_SECONDS: given.rate_limits?.window_seconds,
    FLAIRGATE_TRUST_PROXY: proxyText(given.proxies?.trust),
  });
}

function fromFile(member: string, file: string | undefined): string | undefined {
  return file === undefined ? undefined : readSettingFile(member, file);
}

function proxyText(trust: number | string | readonly string[] | undefined): string | undefined {
  return trust === undefined ? undefined : [trust].flat().join(',');
}
