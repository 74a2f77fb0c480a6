import type { OwnershipColumns } from '../columns.js';

/** The rules as SQL conditions on one row, for the caller that `flairgate_enter` set in this transaction. */
export interface RlsConditions {
  /** SQL condition that is true if the caller may know of the row. */
  readonly known: string;
  /** SQL condition that is true if the caller may read the content. Combine it with `known`. */
  readonly readable: string;
  /** SQL condition that is true if the caller may change or delete the row. */
  readonly writable: string;
  /** SQL condition that is true if a caller is set and the row belongs to the caller's organization. */
  readonly mine: string;
}

/** Quotes a name for SQL. The name must be a plain identifier. */
export function quote(name: string): string {
  return `"${name}"`;
}

/** Returns the quoted schema of a table name, followed by a dot. Returns an empty string if the name has no schema. */
export function schemaOf(parts: readonly string[]): string {
  const [schema] = parts.length > 1 ? parts : [];
  return schema === undefined ? '' : `${quote(schema)}.`;
}

/**
 * Returns SQL that reads a setting of the transaction. The SQL yields null if the setting was never set or is empty.
 *
 * PostgreSQL reads a setting that was never used in a session as null. After the first use, PostgreSQL reads an unset
 * setting as an empty string. The SQL yields null in both cases, so access is denied.
 */
export function setting(name: 'oid' | 'identity' | 'secret_id' | 'flairs'): string {
  return `nullif(pg_catalog.current_setting('flairgate.${name}', true), '')`;
}

/** Returns SQL that is true if the caller has a flair, and null if no caller is set. */
export function hasFlair(flair: string): string {
  return `'${flair}' = any (pg_catalog.string_to_array(${setting('flairs')}, ','))`;
}

/** Creates the conditions for these columns. If no caller is set, the conditions are null, which denies access. */
export function rlsConditions(columns: OwnershipColumns): RlsConditions {
  const [oid, createdBy, lockedBy, secretTo] = [
    columns.organization,
    columns.createdBy,
    columns.lockedBy,
    columns.secretTo,
  ].map(quote);
  const calls = `${setting('identity')} is not null and ${setting('secret_id')} is not null and ${setting('flairs')} is not null`;
  const mine = `${oid} = ${setting('oid')} and ${calls}`;
  const root = hasFlair('root');
  const known = `${mine} and (not ${hasFlair('segment')} or ${root} or coalesce(${createdBy} = ${setting('identity')}, false))`;
  return {
    mine,
    known,
    readable: `(${secretTo} is null or ${secretTo} = ${setting('secret_id')})`,
    writable: `${known} and (${lockedBy} is null or ${lockedBy} = ${setting('identity')} or ${root})`,
  };
}
