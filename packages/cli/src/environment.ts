import { OptionError } from '@flairgate/core';
import { nearest } from '@flairgate/core/internal';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const count = z.coerce.number().int().min(1).max(1_000_000_000);
const countOrOff = z.coerce.number().int().min(0).max(1_000_000_000);
const seconds = z.coerce.number().int().min(1).max(86_400);
const text = z.string().max(4096);

/** Every environment variable, with its schema and the message for an invalid value. */
const variables = {
  PORT: { schema: port, remedy: 'write a port from 0 to 65535' },
  HOST: { schema: text, remedy: 'write a host name or an address' },
  FLAIRGATE_DATA: { schema: text, remedy: 'name a folder' },
  DATABASE_URL: { schema: text, remedy: 'write postgres://... or a file name' },
  REDIS_URL: { schema: z.string().regex(/^rediss?:\/\/./), remedy: 'write redis://... or rediss://...' },
  FLAIRGATE_CONFIG: { schema: text, remedy: 'name a YAML file' },
  FLAIRGATE_MASTER_KEY: { schema: text, remedy: 'write 32 random bytes in base64url or hexadecimal' },
  FLAIRGATE_TOKEN_SECRET: { schema: text, remedy: 'write at least 32 bytes' },
  FLAIRGATE_ISSUER: { schema: z.url({ protocol: /^https?$/ }), remedy: 'write an http or https URL' },
  FLAIRGATE_AUDIENCE: { schema: text, remedy: 'write a name or a URL' },
  FLAIRGATE_LIMIT: { schema: count, remedy: 'write a whole number from 1 up' },
  FLAIRGATE_BULK_LIMIT: { schema: count, remedy: 'write a whole number from 1 up' },
  FLAIRGATE_WINDOW_SECONDS: { schema: seconds, remedy: 'write whole seconds from 1 to 86400' },
  FLAIRGATE_FAILURE_LIMIT: { schema: countOrOff, remedy: 'write a whole number, 0 to switch the limit off' },
  FLAIRGATE_VECTORS: { schema: text, remedy: 'name a folder' },
} as const;

type Variables = typeof variables;
type VariableName = keyof Variables;

/** Parsed environment. An empty variable counts as unset. */
export type Environment = { readonly [N in VariableName]?: z.output<Variables[N]['schema']> };

const OUR_PREFIX = 'FLAIRGATE_';

/**
 * Reads the environment. No other code reads it.
 *
 * @throws OptionError for a value that cannot be used, never repeating it, and for an unknown `FLAIRGATE_*` variable,
 * naming the nearest known one.
 */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>): Environment {
  assertKnownVariables(Object.keys(env));
  const found: Record<string, unknown> = {};
  for (const name of variableNames()) {
    const value = env[name];
    if (value === undefined || value === '') continue;
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

function assertKnownVariables(names: readonly string[]): void {
  const known = variableNames();
  const ours = known.filter((name) => name.startsWith(OUR_PREFIX));
  for (const name of names) {
    if (!name.startsWith(OUR_PREFIX) || known.some((other) => other === name)) continue;
    throw new OptionError(`${name}: unknown variable; did you mean ${nearest(name, ours)}?`);
  }
}
