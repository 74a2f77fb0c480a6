import { readFileSync } from 'node:fs';
import { type Catalogue, OptionError } from '@flairgate/core';
import { type CallerLimits, parseCallerLimits } from '@flairgate/core/administration';
import { DEFAULT_HASH_SETTING, type HashSetting } from '@flairgate/core/calibrate';
import { nearest } from '@flairgate/core/internal';
import type { GateOptions } from '@flairgate/express';
import type { ServiceOptions } from '@flairgate/server';
import { parse } from 'yaml';
import { z } from 'zod';
import { catalogueItems, toCatalogue } from './catalogue-file.js';

/** Settings in the configuration file. */
const configurationSchema = z.strictObject({
  authentication: z
    .strictObject({ api_key_rounds_no: z.int().min(1000).max(10_000_000).optional() })
    .nullable()
    .optional(),
  keys: z
    .strictObject({ format: z.enum(['fg', 'uuid']).optional(), unknown_flairs: z.enum(['refuse', 'keep']).optional() })
    .nullable()
    .optional(),
  tokens: z
    .strictObject({
      max_seconds: z.int().min(1).max(86_400).optional(),
      algorithm: z.enum(['ES256', 'RS256']).optional(),
    })
    .nullable()
    .optional(),
  organizations: z.strictObject({ unique_names: z.boolean().optional() }).nullable().optional(),
  ingestion_keys: z.strictObject({ readable: z.boolean().optional() }).nullable().optional(),
  limits: z.record(z.string(), z.number()).nullable().optional(),
  catalogue: catalogueItems.optional(),
  missing_permission_status: z.union([z.literal(401), z.literal(403)]).optional(),
  scope_separator: z.enum(['.', ':']).optional(),
});

const REMEDIES: Readonly<Record<string, string>> = {
  'authentication.api_key_rounds_no': 'write a whole number from 1000 to 10000000',
  authentication: 'write `api_key_rounds_no` below it',
  'keys.format': 'must be fg or uuid',
  'keys.unknown_flairs': 'must be refuse or keep',
  keys: 'must have `format` or `unknown_flairs` below it',
  'tokens.max_seconds': 'must be an integer from 1 to 86400',
  'tokens.algorithm': 'must be ES256 or RS256',
  tokens: 'must have `max_seconds` or `algorithm` below it',
  'organizations.unique_names': 'must be true or false',
  organizations: 'must have `unique_names` below it',
  'ingestion_keys.readable': 'write true or false',
  ingestion_keys: 'write `readable` below it',
  limits: 'write names and whole numbers below it',
  catalogue: 'must be a list of permissions, each a name or an object with name, description and privileged',
  missing_permission_status: 'must be 401 or 403',
  scope_separator: 'must be . or :',
};

const DEFAULT_FILE = '/etc/flairgate/config.yml';
const FEWEST_ADVISED_ROUNDS = 29_000;

export interface Configuration {
  /** Hashing of new keys. */
  readonly keyHash: HashSetting;
  /** Limits on what one caller can own. */
  readonly limits: CallerLimits;
  /** Options of the service that the file sets; the others keep their defaults. */
  readonly service: Pick<ServiceOptions, ServiceSetting>;
  /** Permissions of the database. Absent if the file has none: then those that the database keeps apply. */
  readonly catalogue?: Catalogue;
  /** Settings of the gate. */
  readonly gate: Pick<GateOptions, 'missingPermissionStatus' | 'scopeSeparator'>;
}

type ServiceSetting =
  | 'keyFormat'
  | 'unknownFlairs'
  | 'maxTokenSeconds'
  | 'tokenAlgorithm'
  | 'uniqueOrganizationNames'
  | 'readableIngestionKeys';

/**
 * Reads the YAML configuration file: the one named, else `/etc/flairgate/config.yml` where it is there.
 *
 * @throws OptionError for a file that cannot be read, an unknown member or a bad value.
 */
export function readConfiguration(named: string | undefined, note: (line: string) => void): Configuration {
  const text = readText(named);
  const given = text === undefined ? {} : parseText(named ?? DEFAULT_FILE, text);
  const rounds = given.authentication?.api_key_rounds_no;
  const limits = limitsIn(named ?? DEFAULT_FILE, given.limits ?? {});
  const service = toServiceOptions(given);
  const settings = { limits, service, gate: gateIn(given), ...catalogueIn(named ?? DEFAULT_FILE, given) };
  if (rounds === undefined) return { keyHash: DEFAULT_HASH_SETTING, ...settings };
  if (rounds < FEWEST_ADVISED_ROUNDS) {
    note(
      `authentication.api_key_rounds_no: ${rounds} is below ${FEWEST_ADVISED_ROUNDS}; find a number that fits with \`flairgate calibrate\``,
    );
  }
  return { keyHash: { scheme: 'pbkdf2-sha256', rounds }, ...settings };
}

type Given = z.output<typeof configurationSchema>;

function gateIn({ missing_permission_status: status, scope_separator: separator }: Given): Configuration['gate'] {
  return {
    ...(status === undefined ? {} : { missingPermissionStatus: status }),
    ...(separator === undefined ? {} : { scopeSeparator: separator }),
  };
}

function catalogueIn(file: string, { catalogue }: Given): Pick<Configuration, 'catalogue'> {
  return catalogue === undefined ? {} : { catalogue: toCatalogue(file, catalogue) };
}

function toServiceOptions(given: Given): Configuration['service'] {
  const { keys, tokens, organizations, ingestion_keys: ingestionKeys } = given;
  const settings = {
    keyFormat: keys?.format,
    unknownFlairs: keys?.unknown_flairs,
    maxTokenSeconds: tokens?.max_seconds,
    tokenAlgorithm: tokens?.algorithm,
    uniqueOrganizationNames: organizations?.unique_names,
    readableIngestionKeys: ingestionKeys?.readable,
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

function limitsIn(file: string, given: Readonly<Record<string, number>>): CallerLimits {
  try {
    return parseCallerLimits(given);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    throw new OptionError(`${file}: ${error.message}`, { cause: error });
  }
}

function readText(named: string | undefined): string | undefined {
  try {
    return readFileSync(named ?? DEFAULT_FILE, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (named === undefined && code === 'ENOENT') return undefined;
    throw new OptionError(`${named ?? DEFAULT_FILE}: cannot be read (${code}); name a YAML file`, { cause: error });
  }
}

function parseText(file: string, text: string): z.output<typeof configurationSchema> {
  const parsed = configurationSchema.safeParse(parseYaml(file, text) ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new OptionError(`${file}: ${issue === undefined ? 'is not valid' : issueText(issue)}`);
}

function parseYaml(file: string, text: string): unknown {
  try {
    return parse(text, { logLevel: 'error' });
  } catch (error) {
    // The parser's message quotes the line, which may hold anything.
    throw new OptionError(`${file}: is not YAML`, { cause: error });
  }
}

function issueText(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.');
  if (issue.code !== 'unrecognized_keys') return `${path}: ${REMEDIES[path] ?? 'write an object'}`;
  const [unknown = ''] = issue.keys;
  const shape = memberNames(
    Object.entries(configurationSchema.shape).find(([name]) => name === path)?.[1] ?? configurationSchema,
  );
  return `unknown member \`${[...issue.path, unknown].join('.')}\`; did you mean \`${nearest(unknown, shape)}\`?`;
}

function memberNames(given: z.core.$ZodType): readonly string[] {
  if (given instanceof z.ZodOptional || given instanceof z.ZodNullable) return memberNames(given.unwrap());
  return given instanceof z.ZodObject ? Object.keys(given.shape) : [];
}
