import type { TableName, Tables } from '../../store/rows.js';
import { schema } from '../../store/schema.js';

/** Raised whenever a table or a column changes. An older file is then brought up to date where it is read. */
export const BACKUP_FORMAT = 1;

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

/** Every table but the changes: their numbers mean nothing after a restore. In the order they stand in a backup. */
export const backedUpTables: readonly TableName[] = Object.keys(schema).filter(
  (name): name is TableName => isTable(name) && name !== 'change',
);

export function isTable(name: unknown): name is TableName {
  return typeof name === 'string' && Object.hasOwn(schema, name);
}
