import type { Catalogue } from '@flairgate/core';
import { z } from 'zod';

/** A field of an object type. */
export interface Field {
  readonly type: 'string' | 'integer' | 'option';
  readonly label: string;
  readonly required?: boolean;
  readonly options?: readonly { readonly id: number; readonly key: string; readonly localname: string }[];
}

/** A type of objects, and what its objects consist of. */
export interface ObjectType {
  readonly name: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** Checks the members of a new or replaced object. */
  readonly schema: z.ZodType<Readonly<Record<string, string | number | null>>>;
}

const NAME: Field = { type: 'string', label: 'Name', required: true };

/** Fields of the types that have more than a name. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  company: {
    name: NAME,
    phone: { type: 'string', label: 'Phone' },
    buyingstatus: {
      type: 'option',
      label: 'Buying status',
      options: [
        { id: 1, key: '', localname: '' },
        { id: 2, key: 'prospect', localname: 'Prospect' },
        { id: 3, key: 'active', localname: 'Active customer' },
      ],
    },
  },
  person: { name: NAME, email: { type: 'string', label: 'E-mail' } },
  deal: { name: NAME, value: { type: 'integer', label: 'Value' } },
};

const VERBS = ['read', 'write', 'add', 'delete'] as const;

/** Returns the object types of a catalogue: each area with permissions to read, write, add and delete. */
export function objectTypesOf(catalogue: Catalogue): readonly ObjectType[] {
  const areas = new Set(catalogue.entries.map(({ name }) => name.slice(0, name.lastIndexOf('.'))));
  return [...areas].filter((area) => VERBS.every((verb) => catalogue.has(`${area}.${verb}`))).map(toObjectType);
}

function toObjectType(name: string): ObjectType {
  const fields = FIELDS[name] ?? { name: NAME };
  const shape = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, schemaOf(field)]));
  return { name, fields, schema: z.strictObject(shape) };
}

function schemaOf({ type, required, options = [] }: Field) {
  const keys = options.map(({ key }) => key);
  if (type === 'option')
    return z
      .string()
      .refine((key) => keys.includes(key), 'must be the key of an option')
      .default('');
  if (type === 'integer') return z.int().nullable().default(null);
  const text = z.string().max(4096);
  return required === true ? text.min(1) : text.nullable().default(null);
}
