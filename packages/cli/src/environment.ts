import { OptionError } from '@flairgate/core';
import { nearest } from '@flairgate/core/internal';
import { z } from 'zod';
import { isServiceLink } from './environment/service-links.js';
import { FILE_SUFFIX, readSettingFile } from './environment/setting-file.js';

const port = z.coerce.number().int().min(0).max(65_535);
const countText = z.coerce.number().int().min(1).max(1_000_000_000);
const countOrOff = z.coerce.number().int().min(0).max(1_000_000_000);
const secondsText = z.coerce.number().int().min(1).max(86_400);
const anyText = z.string().max(4096);

/** All environment variables, each with its schema and the message for an invalid value. */
const variables = {
  PORT: { schema: port, remedy: 'must be a port from 0 to 65535' },
  HOST: { schema: anyText, remedy: 'must be a host name or an address' },
  FLAIRGATE_DATA: { schema: anyText, remedy: 'must be a folder' },
  DATABASE_URL: { schema: anyText, remedy: 'must be postgres://... or a file name' },
  REDIS_URL: { schema: z.string().regex(/^rediss?:\/\/./), remedy: 'must be redis://... or rediss://...' },
  FLAIRGATE_CONFIG: { schema: anyText, remedy: 'must be a YAML file' },
  FLAIRGATE_MASTER_KEY: { schema: anyText, remedy: 'must be 32 random bytes in base64url or hexadecimal' },
  FLAIRGATE_TOKEN_SECRET: { schema: anyText, remedy: 'must have at least 32 bytes' },
  FLAIRGATE_OIDC_CLIENT_SECRET: { schema: anyText, remedy: 'must be the client secret of the console at its provider' },
  FLAIRGATE_ISSUER: { schema: z.url({ protocol: /^https?$/ }), remedy: 'must be an http or https URL' },
  FLAIRGATE_AUDIENCE: { schema: anyText, remedy: 'must be a name or a URL' },
  FLAIRGATE_LIMIT: { schema: countText, remedy: 'must be an integer from 1 to 1000000000' },
  FLAIRGATE_BULK_LIMIT: { schema: countText, remedy: 'must be an integer from 1 to 1000000000' },
  FLAIRGATE_WINDOW_SECONDS: { schema: secondsText, remedy: 'must be an integer of seconds from 1 to 86400' },
  FLAIRGATE_FAILURE_LIMIT: {
    schema: countOrOff,
    remedy: 'must be an integer from 0, which turns the limit off, to 1000000000',
  },
  FLAIRGATE_KEY_FORMAT: { schema: z.enum(['fg', 'uuid']), remedy: 'must be fg or uuid' },
  FLAIRGATE_TRUST_PROXY: { schema: anyText, remedy: 'must be a number of proxies, or their addresses' },
  FLAIRGATE_POOLER: {
    schema: z.enum(['true', 'false']).transform((value) => value === 'true'),
    remedy: 'must be true or false',
  },
  FLAIRGATE_METRICS_PORT: { schema: port, remedy: 'must be a port from 0 to 65535' },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    schema: z.url({ protocol: /^https?$/ }),
    remedy: 'must be the http or https URL of a collector',
  },
  FLAIRGATE_URL: { schema: z.url({ protocol: /^https?$/ }), remedy: 'must be the https URL of a service' },
  FLAIRGATE_KEY: { schema: z.string().max(512), remedy: 'must be a key of the service' },
  FLAIRGATE_ORG: { schema: anyText, remedy: 'must be the id or the name of an organization' },
  FLAIRGATE_VECTORS: { schema: anyText, remedy: 'must be a folder' },
} as const;

type Variables = typeof variables;
export type VariableName = keyof Variables;

/** Parsed environment. An empty variable counts as unset. */
export type Environment = { readonly [N in VariableName]?: z.output<Variables[N]['schema']> };

/**
 * Variables whose value may also be in a file. The name of this file is in a variable with the suffix `_FILE`, such as
 * `FLAIRGATE_KEY_FILE`.
 */
const FROM_FILE = [
  'FLAIRGATE_MASTER_KEY',
  'FLAIRGATE_TOKEN_SECRET',
  'FLAIRGATE_OIDC_CLIENT_SECRET',
  'FLAIRGATE_KEY',
  'DATABASE_URL',
  'REDIS_URL',
] as const satisfies readonly VariableName[];

const OUR_PREFIX = 'FLAIRGATE_';

type Variable = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment variables, and the files named by `…_FILE` variables. No other code reads the environment.
 *
 * @throws OptionError for an invalid value, which the message does not repeat. Also for an unknown `FLAIRGATE_*`
 * variable, for which the message suggests the known variable with the most similar name.
 */
export function readEnvironment(env: Variable): Environment {
  assertKnownVariables(env);
  const found: Record<string, unknown> = {};
  for (const name of variableNames()) {
    const value = findValue(name, env);
    if (value === undefined) continue;
    const { schema, remedy } = variables[name];
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw new OptionError(`${name}: ${remedy}`);
    found[name] = parsed.data;
  }
  return found;
}

/** Returns the names of the known variables, in the order of the manual. */
export function variableNames(): readonly VariableName[] {
  return Object.keys(variables) as VariableName[];
}

/** Returns the names of the `…_FILE` variables. The value of such a variable is the name of a file. */
export function fileVariableNames(): readonly string[] {
  return FROM_FILE.map((name) => name + FILE_SUFFIX);
}

function findValue(name: VariableName, env: Variable): string | undefined {
  const value = readValue(name, env);
  const file = FROM_FILE.some((other) => other === name) ? env[name + FILE_SUFFIX] || undefined : undefined;
  if (value !== undefined && file !== undefined) {
    throw new OptionError(`${name}: must not be set together with ${name}${FILE_SUFFIX}`);
  }
  if (file !== undefined) return readSettingFile(name + FILE_SUFFIX, file);
  if (value !== undefined && value !== value.trim()) {
    throw new OptionError(`${name}: must not begin or end with white space or a line break`);
  }
  return value;
}

/**
 * Returns the value of a variable. Returns undefined for a value that Kubernetes sets. For example, for a Service named
 * `flairgate-metrics`, Kubernetes sets `FLAIRGATE_METRICS_PORT` to the address of the Service.
 */
function readValue(name: VariableName, env: Variable): string | undefined {
  const value = env[name] || undefined;
  return value !== undefined && name.startsWith(OUR_PREFIX) && isServiceLink(name, value) ? undefined : value;
}

function assertKnownVariables(env: Variable): void {
  const known: readonly string[] = [...variableNames(), ...fileVariableNames()];
  const ours = known.filter((name) => name.startsWith(OUR_PREFIX));
  for (const [name, value = ''] of Object.entries(env)) {
    if (!name.startsWith(OUR_PREFIX) || known.includes(name) || isServiceLink(name, value)) continue;
    throw new OptionError(`${name}: unknown variable; did you mean ${nearest(name, ours)}?`);
  }
}
