import { OptionError } from '../denial/errors.js';
import { assertKnownOptions } from '../options/assert-known-options.js';
import type { Ownership } from './ownership.js';
import { foldName, isPlainName } from './plain-name.js';
import type { Tenancy } from './visibility.js';

/** Where a table keeps ownership, by the names the host's query layer uses. */
export interface OwnershipColumns {
  /** Default `id`. */
  readonly id: string;
  /** Default `oid`. */
  readonly organization: string;
  /** Default `created_by`. */
  readonly createdBy: string;
  /** Default `locked_by`. */
  readonly lockedBy: string;
  /** Default `secret_to`. */
  readonly secretTo: string;
}

const DEFAULTS: OwnershipColumns = {
  id: 'id',
  organization: 'oid',
  createdBy: 'created_by',
  lockedBy: 'locked_by',
  secretTo: 'secret_to',
};

// Names that mean something to JavaScript objects and would not come back out of a row as they went in.
const RESERVED = new Set(['__proto__', 'constructor', 'prototype', 'opaque', 'toJSON']);

/**
 * Fills in the defaults and checks every name.
 *
 * @throws OptionError for an unknown field, a name that is no plain identifier, or two fields with one name.
 */
export function parseColumns(given: Partial<OwnershipColumns>, tenancy: Tenancy): OwnershipColumns {
  assertKnownOptions('columns', given, Object.keys(DEFAULTS));
  if (tenancy === 'single' && given.organization !== undefined) {
    throw new OptionError('columns.organization: tenancy `single` has no organization column; leave one of them out');
  }
  const columns = {
    id: identifier('columns.id', given.id ?? DEFAULTS.id),
    organization: identifier('columns.organization', given.organization ?? DEFAULTS.organization),
    createdBy: identifier('columns.createdBy', given.createdBy ?? DEFAULTS.createdBy),
    lockedBy: identifier('columns.lockedBy', given.lockedBy ?? DEFAULTS.lockedBy),
    secretTo: identifier('columns.secretTo', given.secretTo ?? DEFAULTS.secretTo),
  };
  assertDistinct('columns', Object.values(columns));
  return Object.freeze(columns);
}

/** Checks a list of field names that must not be ownership columns. */
export function parseFields(option: string, given: unknown, columns: OwnershipColumns): readonly string[] {
  if (!Array.isArray(given)) throw new OptionError(`${option}: write a list of field names, such as ['data']`);
  const names = given.map((name: unknown) => identifier(option, name));
  assertDistinct(option, names);
  const columnFolds = new Set(Object.values(columns).map(foldName));
  const taken = names.find((name) => columnFolds.has(foldName(name)));
  if (taken !== undefined) throw new OptionError(`${option}: \`${taken}\` is the id or an ownership column`);
  return Object.freeze(names);
}

/** Checks the name of a field that a filter is given. @throws OptionError */
export function parseField(name: string): string {
  return identifier('field', name);
}

/** Checks a table name or alias, with or without its schema. */
export function parseTable(table: string): readonly string[] {
  const parts = table.split('.');
  if (parts.length > 2) throw new OptionError('table: write a table or an alias, or schema.table');
  return parts.map((part) => identifier('table', part));
}

/**
 * Reads the ownership out of a row.
 *
 * @throws TypeError when a column is not in the row: without it nobody could tell a secret row from an open one.
 */
export function ownershipOf(row: object, columns: OwnershipColumns): Ownership {
  if (isBare(row)) {
    // Each column at a place of its own: so each stays as fast as a name written into the code.
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

/** The organization a row names. @throws TypeError when it names none. */
export function organizationIn(row: object, columns: OwnershipColumns): string | null {
  const value = isBare(row) ? row[columns.organization] : undefined;
  return isOwner(value) && !(columns.organization in Object.prototype) ? value : ownerIn(row, columns.organization);
}

/** Reads one column out of any row, never out of what the row inherits. */
function ownerIn(row: object, column: string): string | null {
  const value: unknown = Object.hasOwn(row, column) ? Reflect.get(row, column) : undefined;
  if (isOwner(value)) return value;
  throw new TypeError(`the row has no text or null in \`${column}\`; select the organization and ownership columns`);
}

/** Whether a row inherits from plain objects alone, as most drivers make them. */
function isBare(row: object): row is Readonly<Record<string, unknown>> {
  return Object.getPrototypeOf(row) === Object.prototype;
}

/** Whether somebody put a member with such a name onto all objects: then only what is a row's own counts. */
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
    `${option}: write a plain name of letters, digits and underscores, at most 63, not a reserved one`,
  );
}

/** Two spellings of one name are one name: a query layer may read them as one column. */
function assertDistinct(option: string, names: readonly string[]): void {
  const folds = names.map(foldName);
  const twice = names.find((_, index) => folds.indexOf(folds[index] ?? '') !== index);
  if (twice !== undefined) throw new OptionError(`${option}: \`${twice}\` stands there twice`);
}
