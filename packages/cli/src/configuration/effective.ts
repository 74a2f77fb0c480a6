import { OptionError } from '@flairgate/core';
import { FILE_SUFFIX } from '../environment/setting-file.js';
import { type Environment, readEnvironment, type VariableName } from '../environment.js';
import { type Setting, settingsIn } from './fields.js';
import { readConfigurationFile } from './file.js';
import { configurationSchema, type FileContent } from './schema.js';

/** A setting in force and its source. */
export interface EffectiveSetting {
  readonly path: readonly string[];
  readonly value: unknown;
  /** Name of the variable or file that sets the value. Undefined for a default. */
  readonly from: string | undefined;
}

const MASKED = '***';

/**
 * Returns all settings that have a value, from the environment, the file or a default. The settings are in the order of
 * the manual, and secrets are masked.
 *
 * @throws OptionError for an invalid environment or file.
 */
export async function effectiveSettings(
  env: Readonly<Record<string, string | undefined>>,
  named: string | undefined,
): Promise<readonly EffectiveSetting[]> {
  const environment = readEnvironment(env);
  const { file, given } = await readConfigurationFile(named ?? environment.FLAIRGATE_CONFIG);
  const all = settingsIn(configurationSchema).map(([name, about]) => {
    const path = name.split('.');
    return { path, about, inForce: inForce({ environment, env, file, given, inFile: valueAt(given, path) }, about) };
  });
  const secrets = SECRETS.flatMap(({ path, variable }) => {
    const from = variableIn(env, variable);
    return from === undefined ? [] : [{ path, value: MASKED, from }];
  });
  const shown = all.flatMap(({ path, about, inForce: { value, from } }) =>
    value === undefined || value === null ? [] : [{ path, value: about.isSecretUrl ? maskUrl(value) : value, from }],
  );
  return [...shown, ...secrets];
}

/** Secrets that the configuration file cannot contain. The file can only name files that contain them. */
const SECRETS = [
  { path: ['database', 'master_key'], variable: 'FLAIRGATE_MASTER_KEY' },
  { path: ['tokens', 'secret'], variable: 'FLAIRGATE_TOKEN_SECRET' },
  { path: ['console', 'oidc', 'client_secret'], variable: 'FLAIRGATE_OIDC_CLIENT_SECRET' },
] as const;

interface SettingPlaces {
  readonly environment: Environment;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: string | undefined;
  readonly given: FileContent;
  readonly inFile: unknown;
}

function inForce(
  { environment, env, file, given, inFile }: SettingPlaces,
  about: Setting,
): Pick<EffectiveSetting, 'value' | 'from'> {
  const { variable, fallback } = about;
  if (variable !== undefined && environment[variable] !== undefined) {
    return { value: environment[variable], from: variableIn(env, variable) };
  }
  if (isReplaced(about, environment, given)) return { value: undefined, from: undefined };
  if (inFile === undefined) return { value: fallback, from: undefined };
  const isPartial = isNamed(fallback) && isNamed(inFile);
  return { value: isPartial ? { ...fallback, ...inFile } : inFile, from: file };
}

/**
 * True for an object that is not a list. If a setting is such an object, the members that the file does not set keep
 * their defaults.
 */
function isNamed(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * True for the file's `database.url` and `database.folder` if the environment sets the database, because the
 * environment takes precedence. Also true for `database.folder` if the file sets `database.url`, which takes precedence
 * over the folder.
 */
function isReplaced({ variable }: Setting, environment: Environment, { database }: FileContent): boolean {
  if (variable !== 'DATABASE_URL' && variable !== 'FLAIRGATE_DATA') return false;
  if (environment.DATABASE_URL !== undefined || environment.FLAIRGATE_DATA !== undefined) return true;
  return variable === 'FLAIRGATE_DATA' && database?.url != null;
}

function variableIn(env: SettingPlaces['env'], variable: VariableName): string | undefined {
  return [variable, variable + FILE_SUFFIX].find((name) => (env[name] ?? '') !== '');
}

function valueAt(given: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined),
    given,
  );
}

/** URL parameters that may contain a secret. */
const PASSWORDS = ['password', 'sslpassword'];

/** Masks the passwords in a URL. A string that is not a URL is a file name, and is returned unchanged. */
function maskUrl(given: unknown): unknown {
  if (typeof given !== 'string' || !/^[a-z]+:\/\//.test(given)) return given;
  if (!URL.canParse(given)) throw new OptionError('database.url: must be postgres://user:password@host:port/database');
  const url = new URL(given);
  if (url.password !== '') url.password = MASKED;
  for (const name of PASSWORDS) if (url.searchParams.has(name)) url.searchParams.set(name, MASKED);
  return url.href;
}
