import { OptionError } from '../denial/errors.js';
import { assertKnownOptions } from '../options/assert-known-options.js';
import type { Ownership } from './ownership.js';
import { foldName, isPlainName } from './plain-name.js';
import type { Tenancy } from './visibility.js';

/** Names of the columns that contain a resource's ownership, spelled as in the host's query layer. */
export interface OwnershipColumns {
  /** Column that contains the resource's id. @default 'id' */
  readonly id: string;
  /** Column that contains the id of the resource's organization. @default 'oid' */
  readonly organization: string;
  /** Column that contains the identity that created the resource. @default 'created_by' */
  readonly createdBy: string;
  /** Column that contains the identity that holds the lock. @default 'locked_by' */
  readonly lockedBy: string;
  /** Column that contains the `secretId` of the only key that may read the content. @default 'secret_to' */
  readonly secretTo: string;
}

const DEFAULT_COLUMNS: OwnershipColumns = {
  id: 'id',
  organization: 'oid',
  createdBy: 'created_by',
  lockedBy: 'locked_by',
  secretTo: 'secret_to',
};

// Names that must not be columns. Filters add `opaque` to rows. JavaScript gives the other names a special meaning, so
// reading them from a row would not return the stored value.
const RESERVED = new Set(['__proto__', 'constructor', 'prototype', 'opaque', 'toJSON']);

/**
 * Fills in default column names and checks every name.
 *
 * @throws OptionError for an unknown field, a name that is not a plain identifier, or two fields with the same name.
 */
export function parseColumns(given: Partial<OwnershipColumns>, tenancy: Tenancy): OwnershipColumns {
  assertKnownOptions('columns', given, Object.keys(DEFAULT_COLUMNS));
  if (tenancy === 'single' && given.organization !== undefined) {
    throw new OptionError('columns.organization: must be omitted if tenancy is `single`');
  }
  const columns = {
    id: identifier('columns.id', given.id ?? DEFAULT_COLUMNS.id),
    organization: identifier('columns.organization', given.organization ?? DEFAULT_COLUMNS.organization),
    createdBy: identifier('columns.createdBy', given.createdBy ?? DEFAULT_COLUMNS.createdBy),
    lockedBy: identifier('columns.lockedBy', given.lockedBy ?? DEFAULT_COLUMNS.lockedBy),
    secretTo: identifier('columns.secretTo', given.secretTo ?? DEFAULT_COLUMNS.secretTo),
  };
  assertDistinct('columns', Object.values(columns));
  return Object.freeze(columns);
}

/** Parses a list of field names. @throws OptionError if a field is the id or an ownership column */
export function parseFields(option: string, given: unknown, columns: OwnershipColumns): readonly string[] {
  if (!Array.isArray(given)) throw new OptionError(`${option}: must be a list of field names, such as ['data']`);
  const names = given.map((name: unknown) => identifier(option, name));
  assertDistinct(option, names);
  const columnFolds = new Set(Object.values(columns).map(foldName));
  const taken = names.find((name) => columnFolds.has(foldName(name)));
  if (taken !== undefined) throw new OptionError(`${option}: \`${taken}\` must not be the id or an ownership column`);
  return Object.freeze(names);
}

/** Parses a field name that was given to a filter. @throws OptionError for a name that is not a plain identifier */
export function parseField(name: string): string {
  return identifier('field', name);
}

/** Splits a table name or alias, with or without a schema, into its parts. @throws OptionError for a malformed name */
export function parseTable(table: string): readonly string[] {
  const parts = table.split('.');
  if (parts.length > 2) throw new OptionError('table: must be a table, an alias or schema.table');
  return parts.map((part) => identifier('table', part));
}

/**
 * Reads the ownership from a row.
 *
 * @throws TypeError if the row lacks an ownership column, because a secret row without that column would look like a
 * row that is not secret.
 */
export function ownershipOf(row: object, columns: OwnershipColumns): Ownership {
  if (isBare(row)) {
    // Each column is read in its own expression, so that V8 can cache each access separately.
    const createdBy = row[columns.createdBy];
    const lockedBy = row[columns.lockedBy];
    const secretTo = row[columns.secretTo];
    if (isOwner(createdBy) && isOwner(lockedBy) && isOwner(secretTo) && !isInherited(columns)) {
      return { createdBy, lockedBy, secretTo };
    }
  }
  return {
    createdBy: ownerIn(row, columns.createdBy),
    lockedBy: ownerIn(row, columns.lockedBy),
    secretTo: ownerIn(row, columns.secretTo),
  };
}

/** Returns the organization id in a row. @throws TypeError if the row lacks the column */
export function organizationIn(row: object, columns: OwnershipColumns): string | null {
  const value = isBare(row) ? row[columns.organization] : undefined;
  return isOwner(value) && !(columns.organization in Object.prototype) ? value : ownerIn(row, columns.organization);
}

/** Reads an owner from the row's own properties. Inherited properties do not count. */
function ownerIn(row: object, column: string): string | null {
  const value: unknown = Object.hasOwn(row, column) ? Reflect.get(row, column) : undefined;
  if (isOwner(value)) return value;
  throw new TypeError(`the row has no text or null in \`${column}\`; select the organization and ownership columns`);
}

/** True if the row is a plain object, as most drivers return. */
function isBare(row: object): row is Readonly<Record<string, unknown>> {
  return Object.getPrototypeOf(row) === Object.prototype;
}

/**
 * True if `Object.prototype` has a property with one of these column names. In that case, columns must be read only
 * from the row's own properties.
 */
function isInherited({ createdBy, lockedBy, secretTo }: OwnershipColumns): boolean {
  const all = Object.prototype;
  return createdBy in all || lockedBy in all || secretTo in all;
}

function isOwner(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

function identifier(option: string, name: unknown): string {
  if (typeof name === 'string' && isPlainName(name) && !RESERVED.has(name)) return name;
  throw new OptionError(
    `${option}: must be a plain name of 1 to 63 letters, digits and underscores, and not a reserved one`,
  );
}

/**
 * Asserts that no two names are the same. Different spellings count as the same, because a query layer may map them to
 * one column.
 */
function assertDistinct(option: string, names: readonly string[]): void {
  const folds = names.map(foldName);
  const twice = names.find((_, index) => folds.indexOf(folds[index] ?? '') !== index);
  if (twice !== undefined) throw new OptionError(`${option}: \`${twice}\` must not appear twice`);
}
