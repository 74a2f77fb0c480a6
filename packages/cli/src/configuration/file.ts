import { readFileSync } from 'node:fs';
import { OptionError } from '@flairgate/core';
import { nearest } from '@flairgate/core/internal';
import type { z } from 'zod';
import { membersAt } from './fields.js';
import { configurationSchema, type FileContent, places } from './schema.js';

const DEFAULT_FILE = '/etc/flairgate/config.yml';

/** Content of a configuration file. */
export interface ConfigurationFile {
  /** Name of the file. Undefined if no file was found. */
  readonly file: string | undefined;
  readonly given: FileContent;
}

/**
 * Reads and checks the YAML or JSON file `named`. If `named` is undefined, reads `/etc/flairgate/config.yml`, and
 * returns an empty configuration if this default file does not exist.
 *
 * @throws OptionError for a file that cannot be read, an unknown member or an invalid value. The message quotes no
 * value.
 */
export async function readConfigurationFile(named: string | undefined): Promise<ConfigurationFile> {
  const text = readText(named);
  if (text === undefined) return { file: undefined, given: {} };
  const file = named ?? DEFAULT_FILE;
  const value = (await parseYaml(file, text)) ?? {};
  const odd = prototypeIn(value);
  if (odd !== undefined) throw new OptionError(`${file}: unknown member \`${odd}\``);
  const parsed = configurationSchema.safeParse(value);
  if (parsed.success) return { file, given: parsed.data };
  throw new OptionError(`${file}: ${parsed.error.issues.flatMap(issueTexts).join('; ')}`);
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

async function parseYaml(file: string, text: string): Promise<unknown> {
  const { parse, YAMLParseError } = await import('yaml');
  try {
    const value: unknown = parse(text, { logLevel: 'error' });
    // Throws for a YAML alias inside its own anchor. Such a value contains itself, so a check of its members would not
    // finish.
    JSON.stringify(value);
    return value;
  } catch (error) {
    // Only the line number is used, because the parser's message quotes the line, which may contain a secret.
    const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined;
    const why =
      error instanceof YAMLParseError && error.code === 'DUPLICATE_KEY' ? 'has a member twice' : 'is not YAML';
    throw new OptionError(`${file}: ${why}${line === undefined ? '' : ` (line ${line})`}`, { cause: error });
  }
}

/**
 * Returns the path of a member named `__proto__`, or undefined if there is none. This check is needed because a schema
 * that allows members of any name silently ignores this one.
 */
function prototypeIn(value: unknown, path: readonly string[] = []): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, member] of Object.entries(value)) {
    const at = [...path, name];
    const found = name === '__proto__' ? at.join('.') : prototypeIn(member, at);
    if (found !== undefined) return found;
  }
  return undefined;
}

function issueTexts(issue: z.core.$ZodIssue): readonly string[] {
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((unknown) => unknownText(issue.path, unknown));
  return [path === '' ? issue.message : `${path}: ${issue.message}`];
}

/**
 * Returns the error message for an unknown member. If the name is that of a library option, the message suggests the
 * member of the file that sets this option. For any other name, the message suggests the known member with the most
 * similar name.
 */
function unknownText(path: readonly PropertyKey[], unknown: string): string {
  const found = Object.entries(places).find(([option]) => option === unknown)?.[1];
  const meant = found ?? nearest(unknown, membersAt(configurationSchema, path));
  const hint = meant === undefined ? '' : `; did you mean \`${meant}\`?`;
  return `unknown member \`${[...path, unknown].join('.')}\`${hint}`;
}
