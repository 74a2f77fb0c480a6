import { z } from 'zod';
import type { VariableName } from '../environment.js';
import { listedText } from '../help/listed-text.js';

/** Description of one setting of the configuration file, for `config print` and the manual. */
export interface Setting {
  /** Environment variable for the same setting. The variable takes precedence over the file. */
  readonly variable?: VariableName;
  /** Default value. Absent if the setting has no default, or if the default depends on other settings. */
  readonly fallback?: unknown;
  /** True for a URL that may contain a password. */
  readonly isSecretUrl?: true;
}

const settings = z.registry<Setting & { readonly isSetting: true }>();

/** Declares a member of the configuration file that is one setting. The file may omit the member. */
export function setting<S extends z.ZodType>(schema: S, about: Setting = {}): z.ZodOptional<S> {
  // `isSetting` keeps the metadata object non-empty, because zod's registry treats an empty object as missing.
  settings.add(schema, { ...about, isSetting: true });
  return schema.optional();
}

/** Declares a member of the configuration file that groups other members. The group may be empty. */
export function section<S extends z.ZodRawShape>(
  shape: S,
): z.ZodOptional<z.ZodNullable<z.ZodObject<S, z.core.$strict>>> {
  const error = ({ code }: z.core.$ZodRawIssue) =>
    code === 'invalid_type' ? `must have ${Object.keys(shape).map(quoted).join(' or ')} below it` : undefined;
  return z.strictObject(shape, { error }).nullable().optional();
}

export function integerField(least: number, most: number): z.ZodInt {
  const error = `must be an integer from ${least} to ${most}`;
  return z.int({ error }).min(least, { error }).max(most, { error });
}

export function flagField(): z.ZodBoolean {
  return z.boolean({ error: 'must be true or false' });
}

export function oneOfField<const W extends readonly [string, ...string[]]>(
  words: W,
): z.ZodEnum<z.core.util.ToEnum<W[number]>> {
  return z.enum(words, { error: `must be ${listedText(words)}` });
}

export function text(what: string): z.ZodString {
  const error = `must be ${what}`;
  return z
    .string({ error })
    .min(1, { error })
    .max(4096, { error })
    .regex(/^\S(?:.*\S)?$/, { error });
}

function quoted(name: string): string {
  return `\`${name}\``;
}

/** Returns all settings in a schema, each with its path, such as `tokens.issuer`. */
export function settingsIn(
  schema: z.core.$ZodType,
  path: readonly string[] = [],
): readonly (readonly [string, Setting])[] {
  const about = settings.get(schema);
  if (about !== undefined) return [[path.join('.'), about]];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return settingsIn(schema.unwrap(), path);
  if (schema instanceof z.ZodPipe) return settingsIn(schema.out, path);
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries<z.core.$ZodType>(schema.shape).flatMap(([name, member]) => settingsIn(member, [...path, name]));
}

/**
 * Returns the names of the members that the schema allows at a path of the configuration file. The list is empty if the
 * schema has no object at this path.
 */
export function membersAt(schema: z.core.$ZodType, [name, ...rest]: readonly PropertyKey[]): readonly string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return membersAt(schema.unwrap(), name === undefined ? [] : [name, ...rest]);
  }
  if (schema instanceof z.ZodPipe) return membersAt(schema.out, name === undefined ? [] : [name, ...rest]);
  if (schema instanceof z.ZodArray) return membersAt(schema.element, rest);
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option) => membersAt(option, name === undefined ? [] : [name, ...rest]));
  }
  if (!(schema instanceof z.ZodObject)) return [];
  if (name === undefined) return Object.keys(schema.shape);
  const member: z.core.$ZodType | undefined = schema.shape[String(name)];
  return member === undefined ? [] : membersAt(member, rest);
}
