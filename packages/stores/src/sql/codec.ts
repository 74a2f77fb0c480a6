import { assertStorable, schema, type TableName, type Tables } from '@flairgate/core/store';
import { columns, sqlColumn, sqlTable } from './columns.js';

/** A column value of a type that the database drivers accept. */
export type SqlValue = string | number | null;

/** Converts rows of one table to stored values, and stored values to rows. */
export interface Codec<T extends TableName> {
  /** Name of the stored table. */
  readonly table: string;
  /** Maps each property of a row to the name of its stored column, in the order of the columns. */
  readonly columns: ReadonlyMap<string, string>;
  /**
   * Returns the values to store, in the order of the properties of `values`.
   *
   * @throws TypeError for a property that is not a column, or a value that not every store can store unchanged
   */
  encode(values: Partial<Tables[T]>): readonly SqlValue[];
  /** Converts stored values to a row. The function changes the object that was passed, and returns it. */
  decode(kept: unknown): Tables[T];
}

/** The codec of every table. */
export const codecs: { readonly [T in TableName]: Codec<T> } = {
  revision: codec('revision'),
  change: codec('change'),
  setting: codec('setting'),
  material: codec('material'),
  catalogue: codec('catalogue'),
  organization: codec('organization'),
  user: codec('user'),
  membership: codec('membership'),
  consent: codec('consent'),
  offer: codec('offer'),
  decline: codec('decline'),
  identity: codec('identity'),
  key: codec('key'),
  secret: codec('secret'),
  group: codec('group'),
  groupMember: codec('groupMember'),
  groupOwner: codec('groupOwner'),
  groupOrganization: codec('groupOrganization'),
  groupChild: codec('groupChild'),
  made: codec('made'),
  policy: codec('policy'),
  federation: codec('federation'),
  usedToken: codec('usedToken'),
  linkedSubject: codec('linkedSubject'),
  session: codec('session'),
  tokenRevocation: codec('tokenRevocation'),
  signingKey: codec('signingKey'),
  ownership: codec('ownership'),
  ownershipType: codec('ownershipType'),
  intent: codec('intent'),
  audit: codec('audit'),
  usage: codec('usage'),
  replay: codec('replay'),
};

function codec<T extends TableName>(table: T): Codec<T> {
  const json: readonly string[] = schema[table].json;
  const names = Object.keys(columns[table]);
  const known = new Map(names.map((name) => [name, sqlColumn(name)]));
  const readers = names.flatMap((name) => readersOf(table, name));
  return {
    table: sqlTable(table),
    columns: known,
    encode(values) {
      assertStorable(table, values);
      return Object.entries(values).map(([name, value]) => {
        if (!known.has(name)) throw new TypeError(`${table} has no column ${name}`);
        return json.includes(name) && value !== null ? JSON.stringify(value) : encodeValue(value);
      });
    },
    decode(kept) {
      const row = kept as Record<string, unknown>;
      for (const { name, read } of readers) row[name] = read(row[name]);
      return kept as Tables[T];
    },
  };
}

/** Returns the stored form of a value. The value must not belong to a column that stores JSON. */
export function encodeValue(value: unknown): SqlValue {
  if (value === null || typeof value === 'string') return value;
  return Number(value);
}

interface Reader {
  readonly name: string;
  readonly read: (value: unknown) => unknown;
}

/**
 * Returns a list with the conversion for the stored values of a property. The list is empty if no conversion is needed.
 */
function readersOf(table: TableName, name: string): readonly Reader[] {
  const { json, boolean }: { json: readonly string[]; boolean: readonly string[] } = schema[table];
  if (json.includes(name)) return [{ name, read: (value) => (value === null ? null : JSON.parse(String(value))) }];
  // PostgreSQL's driver returns 64-bit integers as text. They fit into a number, because `assertStorable` limits their
  // range.
  const isInteger = Object.entries(columns[table]).some(
    ([column, type]) => column === name && type !== 'text' && type !== 'text?',
  );
  if (boolean.includes(name)) return [{ name, read: (value) => Number(value) !== 0 }];
  return isInteger ? [{ name, read: (value) => (typeof value === 'string' ? Number(value) : value) }] : [];
}
