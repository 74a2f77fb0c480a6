import { setImmediate } from 'node:timers/promises';
import { assertPrimary, isMatchable, type RowStore, schema as shapes, type TableName } from '@flairgate/core/store';
import { codecs } from '../sql/codec.js';
import { orFailure } from './backend.js';
import { type ReaderConnections, statementRunner } from './read-together.js';

type ExistenceProbe = NonNullable<RowStore['existenceProbe']>;

/** Maximum number of rows that one statement looks up. */
const MAX_JOINED = 100;

/**
 * Returns a probe (a check that tells whether a row exists). The probe collects all calls of one turn of the event
 * loop, and answers them with one statement per table. A single call is sent at the end of its turn.
 *
 * For an unknown API key, the statement costs this process more than all other steps together. With one statement per
 * call, a flood of unknown keys would slow down valid callers.
 *
 * @param alone Probe for tables whose primary key is not exactly one text column.
 */
export function joinedProbe(connections: ReaderConnections, alone: ExistenceProbe): ExistenceProbe {
  const tables = new Map<TableName, (value: string) => Promise<boolean>>();
  const probeOf = (table: TableName, property: string) => {
    const known = tables.get(table) ?? tableProbe(connections, table, property);
    tables.set(table, known);
    return known;
  };
  return {
    kind: 'async',
    async mightExist(table, key) {
      assertPrimary(table, key);
      const [property = '', ...others] = shapes[table].primary;
      const value: unknown = Reflect.get(key, property);
      if (typeof value !== 'string' || others.length > 0) return alone.mightExist(table, key);
      return isMatchable(table, key) && probeOf(table, property)(value);
    },
  };
}

/** Calls that share a statement. */
interface Joined {
  readonly values: string[];
  /** The values that exist in the table. Undefined if the server is a standby, whose rows may be old. */
  readonly found: Promise<ReadonlySet<unknown> | undefined>;
}

function tableProbe(connections: ReaderConnections, table: TableName, property: string) {
  const ask = existingValues(connections, table, property);
  let open: Joined | undefined;
  const join = (): Joined => {
    const values: string[] = [];
    const found = setImmediate().then(() => {
      if (open?.values === values) open = undefined;
      return ask(values);
    });
    return { values, found };
  };
  return async (value: string): Promise<boolean> => {
    if (open === undefined || open.values.length === MAX_JOINED) open = join();
    const { values, found } = open;
    values.push(value);
    return (await found)?.has(value) ?? true;
  };
}

/** Creates a function that takes values, and returns the values that exist in a column. */
function existingValues(connections: ReaderConnections, table: TableName, property: string) {
  const { schema } = connections;
  const { table: name, columns } = codecs[table];
  const column = columns.get(property);
  const run = statementRunner(connections, {
    name: `exists ${table}`,
    text: `
      select ${column} as value from ${schema === undefined ? '' : `"${schema}".`}${name} where ${column} = any($1::text[])
      union all select null where pg_is_in_recovery()`,
  });
  return async (values: readonly string[]): Promise<ReadonlySet<unknown> | undefined> => {
    const { rows } = await orFailure(run([values]));
    const found = new Set(rows.map((row) => Object(row).value));
    return found.has(null) ? undefined : found;
  };
}
