import type { TableName, Tables } from '../../store/rows.js';
import { schema } from '../../store/schema.js';

/**
 * Version of the backup format, incremented with every change to a table or column. Older backups are upgraded while
 * they are read.
 */
export const BACKUP_FORMAT = 6;

/** First format that contains consents, which record the organizations that users have accepted. */
export const CONSENT_FORMAT = 3;

/** First format whose organizations have descriptions. */
export const DESCRIPTION_FORMAT = 5;

/** Encryption context of a backup's seal (the encrypted digest in its last line). */
export const SEAL_CONTEXT = 'backup';

/** The first line of a backup. */
export interface BackupHeader {
  readonly flairgate: 'backup';
  readonly format: number;
  /** Start of the backup, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/**
 * The last line of a backup: the number of rows, and the seal, which is the SHA-256 of all earlier lines, encrypted
 * with the at-rest key.
 */
export interface BackupEnd {
  readonly rows: number;
  readonly seal: string;
}

/** A row, and the table that it belongs to. */
export type BackedUpRow = { readonly [T in TableName]: { readonly table: T; readonly row: Tables[T] } }[TableName];

/**
 * Tables that are not backed up. Changes have no meaning after a restore, because it starts a new incarnation (history
 * of revisions). A signing key may have been stolen and retired since the backup, and a restore revokes all tokens
 * anyway, and ends all sessions. Usage is only statistics.
 */
const left: readonly string[] = [
  'change',
  'session',
  'tokenRevocation',
  'signingKey',
  'usage',
] satisfies readonly TableName[];

/** The tables in a backup, in the order in which their rows are written. */
export const backedUpTables: readonly TableName[] = Object.keys(schema).filter(
  (name): name is TableName => isTable(name) && !left.includes(name),
);

export function isTable(name: unknown): name is TableName {
  return typeof name === 'string' && Object.hasOwn(schema, name);
}
