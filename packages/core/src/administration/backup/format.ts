import type { TableName, Tables } from '../../store/rows.js';
import { schema } from '../../store/schema.js';

/** Raised whenever a table or a column changes. An older file is then brought up to date where it is read. */
export const BACKUP_FORMAT = 3;

/** What the seal of a backup is bound to. */
export const SEAL_CONTEXT = 'backup';

/** The first line of a backup. */
export interface BackupHeader {
  readonly flairgate: 'backup';
  readonly format: number;
  /** Milliseconds since 1970 at which it was begun. */
  readonly at: number;
}

/** The last line: how many rows stand before it, and the SHA-256 of all lines before it, sealed under the at-rest key. */
export interface BackupEnd {
  readonly rows: number;
  readonly seal: string;
}

/** One row, with the table it is of. */
export type BackedUpRow = { readonly [T in TableName]: { readonly table: T; readonly row: Tables[T] } }[TableName];

/**
 * Tables that no backup has. The numbers of changes mean nothing after a restore. A signing key may have been stolen
 * and retired since, and what it signed needs no key: it ends with the incarnation.
 */
const left: readonly string[] = ['change', 'signingKey'] satisfies readonly TableName[];

/** The tables of a backup, in the order they stand in it. */
export const backedUpTables: readonly TableName[] = Object.keys(schema).filter(
  (name): name is TableName => isTable(name) && !left.includes(name),
);

export function isTable(name: unknown): name is TableName {
  return typeof name === 'string' && Object.hasOwn(schema, name);
}
