import { z } from 'zod';
import type { VariableName } from '../environment.js';

/** Description of one setting of the configuration file, for `config print` and the manual. */
export interface Setting {
  /** Variable of the environment that sets the same, and wins. */
  readonly variable?: VariableName;
  /** Value where nothing sets it. Absent if there is none, or if it depends on something else. */
  readonly fallback?: unknown;
  /** True for a URL that can hold a password. */
  readonly isSecretUrl?: true;
}

const settings = z.registry<Setting & { readonly isSetting: true }>();

/** Declares a member of the file. */
export function setting<S extends z.ZodType>(schema: S, about: Setting = {}): z.ZodOptional<S> {
  // An entry without members would count as none.
  settings.add(schema, { ...about, isSetting: true });
  return schema.optional();
}

/** Declares a group of members. It may be written without any. */
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

function listedText(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function quoted(name: string): string {
  return `\`${name}\``;
}

/** Returns every setting below a schema, by its path. */
export function settingsIn(
  schema: z.core.$ZodType,
  path: readonly string[] = [],
): readonly (readonly [string, Setting])[] {
  const about = settings.get(schema);
  if (about !== undefined) return [[path.join('.'), about]];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return settingsIn(schema.unwrap(), path);
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries<z.core.$ZodType>(schema.shape).flatMap(([name, member]) => settingsIn(member, [...path, name]));
}

/** Returns the names of the members of the object at a path; empty if there is no such object. */
export function membersAt(schema: z.core.$ZodType, [name, ...rest]: readonly PropertyKey[]): readonly string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return membersAt(schema.unwrap(), name === undefined ? [] : [name, ...rest]);
  }
  if (schema instanceof z.ZodArray) return membersAt(schema.element, rest);
  if (schema instanceof z.ZodUnion) {
    return schema.options.flatMap((option) => membersAt(option, name === undefined ? [] : [name, ...rest]));
  }
  if (!(schema instanceof z.ZodObject)) return [];
  if (name === undefined) return Object.keys(schema.shape);
  const member: z.core.$ZodType | undefined = schema.shape[String(name)];
  return member === undefined ? [] : membersAt(member, rest);
}
