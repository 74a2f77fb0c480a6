import { UnavailableError } from '@flairgate/core';
import type { TableName, Tables } from '@flairgate/core/store';
import { type RawBuilder, sql } from 'kysely';
import { type Codec, codecs } from './codec.js';
import { columns } from './columns.js';
import type { Engine } from './migrations/engine.js';

/**
 * Returns the select expressions for a table's columns, each with the property's name as alias.
 *
 * The process crashes in libsql if a stored text is not valid UTF-8. A single flipped bit in the file can cause that.
 * For SQLite, the expressions therefore return texts in hexadecimal, and `readRow` decodes the texts.
 */
export function selectedColumns(engine: Engine, table: TableName) {
  const types: Readonly<Record<string, string>> = columns[table];
  return [...codecs[table].columns].map(([property, column]) => {
    const ref = sql.ref(column);
    return (engine === 'sqlite' ? hexOf(ref, types[property]) : ref).as(property);
  });
}

function hexOf(ref: RawBuilder<unknown>, type: string | undefined): RawBuilder<unknown> {
  if (type === 'text') return sql`hex(${ref})`;
  return type === 'text?' ? sql`iif(${ref} is null, null, hex(${ref}))` : ref;
}

/**
 * Decodes a row that was selected with `selectedColumns`. The function changes the object that was passed, and returns
 * it.
 *
 * @throws UnavailableError for a text that is not UTF-8
 */
export function readRow<T extends TableName>(engine: Engine, table: T, selected: unknown): Tables[T] {
  const codec: Codec<T> = codecs[table];
  if (engine === 'sqlite') {
    const row = selected as Record<string, unknown>;
    for (const property of textColumns.get(table) ?? []) {
      const hex = row[property];
      if (hex !== null) row[property] = decodeText(codec.table, String(hex));
    }
  }
  return codec.decode(selected);
}

const textColumns: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(columns).map(([table, types]) => [table, textsOf(types)]),
);

function textsOf(types: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(types).filter((property) => types[property]?.startsWith('text'));
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes a text that was selected in hexadecimal. `where` names the place of the text, for the error.
 *
 * @throws UnavailableError for a text that is not UTF-8
 */
export function decodeText(where: string, hex: string): string {
  try {
    return utf8.decode(Buffer.from(hex, 'hex'));
  } catch (error) {
    throw new UnavailableError(
      'store',
      new Error(`a text in ${where} is not UTF-8: the file is damaged`, { cause: error }),
    );
  }
}
