import type { OwnershipColumns } from '../columns.js';

/** The rules as SQL conditions on one row, for whoever `flairgate_enter` named in this transaction. */
export interface RlsConditions {
  /** May be known. */
  readonly known: string;
  /** Content may be read; not without `known`. */
  readonly readable: string;
  /** May be changed or removed. */
  readonly writable: string;
  /** Belongs to the caller's organization, and somebody calls. */
  readonly mine: string;
}

/** Quotes a name that was checked to be a plain identifier. */
export function quote(name: string): string {
  return `"${name}"`;
}

/** The schema of a table, quoted, with a dot; nothing where none was given. */
export function schemaOf(parts: readonly string[]): string {
  const [schema] = parts.length > 1 ? parts : [];
  return schema === undefined ? '' : `${quote(schema)}.`;
}

/**
 * A setting of the transaction as text; null where it was never set, and where it is empty.
 *
 * After its first use in a session an unset one is empty and no longer null: both must deny.
 */
export function setting(name: 'oid' | 'identity' | 'secret_id' | 'flairs'): string {
  return `nullif(pg_catalog.current_setting('flairgate.${name}', true), '')`;
}

/** Whether the caller has a flair; null when nobody calls. */
export function hasFlair(flair: string): string {
  return `'${flair}' = any (pg_catalog.string_to_array(${setting('flairs')}, ','))`;
}

/** Writes the conditions over the names of the columns. Null, and so refused, as long as nobody calls. */
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
