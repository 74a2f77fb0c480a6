import type { TableName, Tables } from '../../store/rows.js';
import { schema } from '../../store/schema.js';

/**
 * Version of the backup format, raised whenever a table or column changes. Older backups are upgraded as they are read.
 */
export const BACKUP_FORMAT = 4;

/** First format whose rows say which rights were accepted. */
export const CONSENT_FORMAT = 3;

/** Context that the seal of a backup is bound to. */
export const SEAL_CONTEXT = 'backup';

/** The first line of a backup. */
export interface BackupHeader {
  readonly flairgate: 'backup';
  readonly format: number;
  /** Start of the backup, in milliseconds since 1970. */
  readonly at: number;
}

/** The last line: the number of rows before it, and the SHA-256 of all lines before it, sealed with the at-rest key. */
export interface BackupEnd {
  readonly rows: number;
  readonly seal: string;
}

/** A row and the table it belongs to. */
export type BackedUpRow = { readonly [T in TableName]: { readonly table: T; readonly row: Tables[T] } }[TableName];

/**
 * Tables that no backup contains. Change numbers mean nothing after a restore. A signing key could have been stolen and
 * retired since, and tokens it signed expire with the incarnation anyway. Usage is only statistics.
 */
const left: readonly string[] = ['change', 'signingKey', 'usage'] satisfies readonly TableName[];

/** The tables of a backup, in the order of their rows in the file. */
export const backedUpTables: readonly TableName[] = Object.keys(schema).filter(
  (name): name is TableName => isTable(name) && !left.includes(name),
);

export function isTable(name: unknown): name is TableName {
  return typeof name === 'string' && Object.hasOwn(schema, name);
}
