import type { TableName, Tables } from '../../store/rows.js';
import { schema } from '../../store/schema.js';

/**
 * Version of the backup format. The version is incremented with every change to a table or column. Backups in an older
 * format are upgraded while they are read.
 */
export const BACKUP_FORMAT = 6;

/** First backup format with consents. A consent records that a user has accepted an organization. */
export const CONSENT_FORMAT = 3;

/** First backup format in which organizations have descriptions. */
export const DESCRIPTION_FORMAT = 5;

/** Encryption context of the seal of a backup. The seal is the encrypted digest in the backup's last line. */
export const SEAL_CONTEXT = 'backup';

/** The first line of a backup. */
export interface BackupHeader {
  readonly flairgate: 'backup';
  readonly format: number;
  /** Start of the backup, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/**
 * The last line of a backup. `rows` is the number of rows. `seal` is the SHA-256 of all earlier lines, encrypted with
 * the at-rest key (the key with which the store encrypts secret values).
 */
export interface BackupEnd {
  readonly rows: number;
  readonly seal: string;
}

/** A row, and the table that it belongs to. */
export type BackedUpRow = { readonly [T in TableName]: { readonly table: T; readonly row: Tables[T] } }[TableName];

/**
 * Tables that are not backed up.
 *
 * Recorded changes have no meaning after a restore, because a restore starts a new incarnation (history of revisions).
 * Sessions and token revocations are not needed, because a restore ends all sessions and revokes all tokens. Signing
 * keys are not needed either, because all tokens are revoked. In addition, a signing key may have been stolen and
 * retired since the backup. Usage is only statistics.
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
