import { OptionError } from '../../../denial/errors.js';
import { assertKnownOptions } from '../../../options/assert-known-options.js';
import { grantKind } from '../../../permission/grammar.js';
import { type Flair, isFlair } from '../../../store/flair.js';
import { isUuid } from '../../../store/ids.js';
import type { JsonObject } from '../text/json-object.js';
import { mappedRights, type Rights, type RightsByOrganization } from '../text/rights.js';
import { type ClaimName, parseClaimName, readTexts, WRONG_SHAPE } from './claim-path.js';
import { publishIssuerEvent } from './issuer-events.js';

/**
 * Common part of all rows that read values from a claim. The claim may be a string, a list of strings, the words of
 * `scope` or `scp`, or an object whose member names are the values.
 */
export interface ClaimRow {
  readonly claim: ClaimName;
  /** True to read the member names of an object, the format of ZITADEL's roles. @default false */
  readonly keys?: boolean;
}

/** Row that maps the values of a claim to permissions. */
export interface PermissionsRow extends ClaimRow {
  readonly map: Readonly<Record<string, string | readonly string[]>>;
}

/** Row that maps organization ids of the issuer, which are the values of a claim, to organization ids in Flairgate. */
export interface OrganizationsRow extends ClaimRow {
  readonly organizations: Readonly<Record<string, string>>;
}

/** Row that maps the values of a claim to flairs (named abilities and restrictions, such as `segment`). */
export interface FlairsRow extends ClaimRow {
  readonly flairs: Readonly<Record<string, readonly Flair[]>>;
}

/** Row with rights that every token from the issuer grants. */
export interface ConstantRow {
  readonly permissions?: readonly string[];
  readonly organizations?: readonly string[];
  readonly flairs?: readonly Flair[];
}

/**
 * A row of the table that maps claims to rights. The permissions and flairs from all rows apply in every organization
 * that the rows find for the token.
 */
export type RightsRow = PermissionsRow | OrganizationsRow | FlairsRow | ConstantRow;

/**
 * Function that reads permissions from the claims of a verified token. The result contains the permissions for each
 * organization, by the organization's id in Flairgate.
 *
 * The function cannot grant flairs. If it throws, the token is refused.
 */
export type ReadRightsFunction = (claims: JsonObject) => Readonly<Record<string, readonly string[]>>;

/**
 * Defines how rights are read from the claims of an external issuer's tokens: by a row, a list of rows, or a function.
 */
export type IssuerRights = RightsRow | readonly RightsRow[] | ReadRightsFunction;

/** Function that returns the rights in a token's claims, or the name of a claim whose type or structure is wrong. */
export type ReadRights = (payload: JsonObject) => RightsByOrganization | string;

type Kind = 'permissions' | 'organizations' | 'flairs';

interface ParsedRow {
  readonly kind: Kind;
  readonly name: string;
  readonly path: readonly string[];
  readonly keys: boolean;
  readonly values: ReadonlyMap<string, readonly string[]>;
}

interface ParsedTable {
  readonly rows: readonly ParsedRow[];
  readonly always: Readonly<Record<Kind, readonly string[]>>;
}

/** Parses the option `rights` of an issuer. @throws OptionError for a row in an unknown format */
export function parseIssuerRights(issuer: string, rights: IssuerRights): ReadRights {
  if (typeof rights === 'function') return (payload) => callFunction(issuer, rights, payload);
  const list: readonly RightsRow[] = isList(rights) ? rights : [rights];
  if (list.length === 0) throw new OptionError('rights: must contain at least one row');
  const claimRows = list.filter((row) => 'claim' in row);
  const table: ParsedTable = {
    rows: claimRows.map(parseClaimRow),
    always: parseConstants(list.filter((row): row is ConstantRow => !('claim' in row))),
  };
  const tell = tellOnce(issuer);
  return (payload) => readTable(table, payload, tell);
}

function isList(rights: RightsRow | readonly RightsRow[]): rights is readonly RightsRow[] {
  return Array.isArray(rights);
}

const ROW_NAMES = ['claim', 'keys', 'map', 'organizations', 'flairs'];

function parseClaimRow(row: PermissionsRow | OrganizationsRow | FlairsRow): ParsedRow {
  assertKnownOptions('rights', row, ROW_NAMES);
  const path = parseClaimName('rights', row.claim);
  const given = ['map', 'organizations', 'flairs'].filter((name) => name in row);
  if (given.length !== 1) throw new OptionError('rights: a row with claim must have one of map, organizations, flairs');
  const common = { path, name: path.join('.'), keys: row.keys ?? false };
  if ('map' in row) return { ...common, kind: 'permissions', values: parseMap(row.map, assertPermission) };
  if ('flairs' in row) return { ...common, kind: 'flairs', values: parseMap(row.flairs, assertFlair) };
  assertNotName(path);
  return { ...common, kind: 'organizations', values: parseMap(row.organizations, assertOrganization) };
}

function parseMap(
  map: Readonly<Record<string, string | readonly string[]>>,
  assertValue: (value: unknown) => void,
): ReadonlyMap<string, readonly string[]> {
  if (typeof map !== 'object' || map === null || Array.isArray(map)) {
    throw new OptionError('rights: the values of a claim must be an object');
  }
  return new Map(
    Object.entries(map).map(([value, given]) => {
      const list: readonly string[] = typeof given === 'string' ? [given] : [...given];
      for (const each of list) assertValue(each);
      return [value, list];
    }),
  );
}

function parseConstants(rows: readonly ConstantRow[]): ParsedTable['always'] {
  const always = { permissions: new Set<string>(), organizations: new Set<string>(), flairs: new Set<string>() };
  for (const row of rows) {
    assertKnownOptions('rights', row, Object.keys(always));
    for (const name of row.permissions ?? []) always.permissions.add(assertPermission(name));
    for (const oid of row.organizations ?? []) always.organizations.add(assertOrganization(oid));
    for (const flair of row.flairs ?? []) always.flairs.add(assertFlair(flair));
  }
  return {
    permissions: [...always.permissions],
    organizations: [...always.organizations],
    flairs: [...always.flairs],
  };
}

function assertPermission(value: unknown): string {
  if (typeof value === 'string' && grantKind(value) === 'permission') return value;
  throw new OptionError(`rights: ${shown(value)} must be a permission, such as dr.list`);
}

function assertOrganization(value: unknown): string {
  if (typeof value === 'string' && isUuid(value)) return value;
  throw new OptionError(`rights: ${shown(value)} must be the id of an organization, a UUID in lower case`);
}

function assertFlair(value: unknown): Flair {
  if (typeof value === 'string' && isFlair(value)) return value;
  throw new OptionError(`rights: ${shown(value)} must be a flair`);
}

function shown(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

/**
 * Asserts that the claim for organizations does not contain names. The owner of an organization may choose its name,
 * and another organization may use the same name later.
 */
function assertNotName(path: readonly string[]): void {
  if (!/(?:name|slug|alias|domain)$/i.test(path.at(-1) ?? '')) return;
  throw new OptionError('rights: an organization must be found by its id, never by a name; use a claim such as org_id');
}

type Tell = (claim: string, value: string) => void;

/**
 * Maximum number of unknown values for which an event is published. Further unknown values are ignored without an
 * event.
 */
const MAX_TOLD = 1000;
const MAX_VALUE_CHARACTERS = 100;

function tellOnce(issuer: string): Tell {
  const told = new Set<string>();
  return (claim, text) => {
    const value = text.slice(0, MAX_VALUE_CHARACTERS);
    const key = JSON.stringify([claim, value]);
    if (told.has(key) || told.size >= MAX_TOLD) return;
    told.add(key);
    publishIssuerEvent({ kind: 'unknown-value', issuer, claim, value });
  };
}

function readTable({ rows, always }: ParsedTable, payload: JsonObject, tell: Tell): RightsByOrganization | string {
  const found = {
    permissions: new Set(always.permissions),
    organizations: new Set(always.organizations),
    flairs: new Set(always.flairs),
  };
  for (const row of rows) {
    const texts = readTexts(payload, row);
    if (texts === WRONG_SHAPE) return row.name;
    for (const text of texts) {
      const given = row.values.get(text);
      if (given === undefined) tell(row.name, text);
      else for (const each of given) found[row.kind].add(each);
    }
  }
  const rights: Rights = Object.freeze({
    permissions: Object.freeze([...found.permissions].sort()),
    flairs: Object.freeze([...found.flairs].filter(isFlair)),
  });
  return mappedRights(new Map([...found.organizations].map((oid) => [oid, rights])));
}

function callFunction(issuer: string, read: ReadRightsFunction, payload: JsonObject): RightsByOrganization | string {
  try {
    const given = Object.entries(read(deepFreeze(payload)));
    return mappedRights(
      new Map(
        given.map(([oid, names]) => [
          assertOrganization(oid),
          Object.freeze({ permissions: Object.freeze(names.map(assertPermission)), flairs: [] }),
        ]),
      ),
    );
  } catch (error) {
    publishIssuerEvent({ kind: 'rights-failed', issuer, error });
    return 'rights';
  }
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
