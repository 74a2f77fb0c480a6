import { OptionError } from '../../denial/errors.js';
import { assertKnownOptions } from '../../options/assert-known-options.js';
import { parseInteger } from '../../options/integer.js';
import { nearest } from '../../options/nearest.js';
import { type Algorithm, algorithms, FOREIGN_ALGORITHMS, OWN_ALGORITHMS, type TokenKey } from './foreign/algorithms.js';
import { checkAlgorithms, type KeySource, staticKeys } from './foreign/key-set.js';
import { parseClaimName } from './issuer/claim-path.js';
import { type IssuerRights, parseIssuerRights, type ReadRights } from './issuer/rights-table.js';
import type { CompactCatalogue } from './text/compact.js';
import {
  type HeaderRules,
  IGNORABLE_HEADER_MEMBERS,
  type IgnorableHeaderMember,
  normalizeType,
} from './text/header.js';
import {
  AUDIENCE_CLAIMS,
  type AudienceClaim,
  isIdentifier,
  type RegisteredClaimRules,
} from './text/registered-claims.js';
import type { AcceptedRights } from './text/rights.js';

/**
 * Source of permission catalogues. A compact token encodes its permissions as positions in a catalogue, and names the
 * catalogue by its digest. A digest always identifies the same catalogue.
 */
export interface CatalogueSource {
  /** Returns a catalogue that was already fetched. Undefined if it was not fetched yet. */
  find(digest: string): CompactCatalogue | undefined;
  /** Fetches a catalogue. @throws UnavailableError if the catalogue cannot be fetched */
  refresh?(digest: string): Promise<void> | undefined;
}

/** An issuer whose tokens are accepted. */
export interface IssuerOptions {
  /** The exact value of `iss`. */
  readonly issuer: string;
  /** Name or names of this service. A token's `aud` must contain one of them. */
  readonly audience: string | readonly string[];
  /** Keys that verify the issuer's tokens. */
  readonly keys: KeySource | readonly TokenKey[];
  /**
   * Algorithms that the issuer's tokens may use. By default, the algorithms of `keys`. With `accepts: 'own'`, only
   * `ES256`, `RS256` and `HS256` are possible. Otherwise, all algorithms except `HS256` are possible.
   */
  readonly algorithms?: readonly Algorithm[];
  /**
   * Rights that the issuer's tokens may grant here. `own` means that the issuer is this Flairgate instance, or the
   * remote instance that stores this service's keys. Tokens from such an issuer grant all rights that they contain. By
   * default, an issuer's tokens grant no rights: the subject is identified, but may do nothing.
   */
  readonly accepts?: 'own' | AcceptedRights;
  /** Source of the permission catalogues for the issuer's compact tokens. Without it, compact tokens are refused. */
  readonly catalogues?: CatalogueSource;
  /**
   * Table or function that reads rights from the claims of an external issuer's tokens. An external issuer is an issuer
   * other than this Flairgate instance. Requires `accepts`. Rights that are not in `accepts` are ignored. By default,
   * the claims `oid`, `perms` and `flairs` are read, in Flairgate's format. This option cannot be combined with `own`.
   */
  readonly rights?: IssuerRights;
  /**
   * Claim that must contain `audience`, for issuers that do not write `aud`. The claim may be `client_id` (then
   * `token_use` must be `access`), `azp`, or, if the issuer serves only this application, `iss`. If a token has `aud`
   * as well, both claims must contain `audience`. Not allowed with `own`.
   *
   * @default 'aud'
   */
  readonly audienceClaim?: AudienceClaim;
  /**
   * Clients whose tokens are accepted. A token's `azp` must be one of them. By default, any client. Not allowed with
   * `own`.
   */
  readonly azp?: string | readonly string[];
  /** Claims that must have a certain value or one of several, such as `{ typ: 'Bearer' }`. Not allowed with `own`. */
  readonly requiredClaims?: Readonly<Record<string, string | readonly string[]>>;
  /**
   * Seconds, 0 to 300, by which `iat` and `nbf` may lie in the future. `exp` has no tolerance.
   *
   * @default 5
   */
  readonly clockToleranceSeconds?: number;
  /**
   * Maximum of `exp - iat` in seconds: 1 to 2,678,400 (31 days).
   *
   * @default 3600
   */
  readonly maxTokenSeconds?: number;
  /**
   * Accepted values of `typ`. An empty string accepts tokens without `typ`. Not allowed with `own`.
   *
   * @default ['at+jwt']
   */
  readonly types?: readonly string[];
  /**
   * True if every token must have a `jti`. Not allowed with `own`.
   *
   * @default true
   */
  readonly requireJti?: boolean;
  /**
   * Header members to ignore: `x5t`, `x5t#S256`, `cat`. Not allowed with `own`.
   *
   * @default []
   */
  readonly ignoredHeaderMembers?: readonly IgnorableHeaderMember[];
}

/** Options of `createTokenVerifier`. */
export interface TokenVerifierOptions {
  /** Issuers whose tokens are accepted. At least one. */
  readonly issuers: readonly IssuerOptions[];
  /**
   * Maximum size of a token in bytes. Larger tokens are refused with 413 before they are parsed.
   *
   * @default 8192
   */
  readonly maxTokenBytes?: number;
  /**
   * Returns the current time in milliseconds since the Unix epoch. Called again after waiting for keys. By default
   * `Date.now`.
   */
  readonly clock?: () => number;
  /**
   * Protected resources (RFC 8707). A token whose audience is one of these resources is accepted even if the token's
   * audience does not contain the issuer's `audience`. The caller must then compare `claims.audience` with the
   * requested resource. Names may be added to the set later.
   *
   * @default none
   */
  readonly resources?: ReadonlySet<string>;
}

/** Parsed options of an issuer, with defaults. */
export interface IssuerRules extends HeaderRules, RegisteredClaimRules {
  readonly keys: KeySource;
  readonly algorithms: ReadonlySet<string>;
  readonly accepts: 'own' | AcceptedRights;
  readonly catalogues: CatalogueSource | undefined;
  /** Reads rights from the claims. Undefined if the claims are in Flairgate's format. */
  readonly readRights: ReadRights | undefined;
  readonly requiredClaims: readonly RequiredClaim[];
}

/** A claim and the values that it may have. */
export interface RequiredClaim {
  readonly path: readonly string[];
  readonly values: ReadonlySet<unknown>;
}

const MAX_CLOCK_TOLERANCE_SECONDS = 300;
const MAX_TOKEN_SECONDS = 31 * 24 * 3600;

/** Names of the options of an issuer. */
export const ISSUER_OPTION_NAMES = [
  'issuer',
  'audience',
  'keys',
  'algorithms',
  'accepts',
  'rights',
  'audienceClaim',
  'azp',
  'requiredClaims',
  'catalogues',
  'clockToleranceSeconds',
  'maxTokenSeconds',
  'types',
  'requireJti',
  'ignoredHeaderMembers',
] as const satisfies readonly (keyof IssuerOptions)[];

/** Parses the issuers and returns them by `iss`. @throws OptionError for an invalid option or an issuer listed twice */
export function readIssuers(
  issuers: readonly IssuerOptions[],
  resources: ReadonlySet<string>,
): ReadonlyMap<string, IssuerRules> {
  if (!Array.isArray(issuers) || issuers.length === 0)
    throw new OptionError('issuers: must contain at least one issuer');
  const rules = new Map<string, IssuerRules>();
  for (const options of issuers) {
    const entry = readIssuer(options, resources);
    if (rules.has(entry.issuer)) throw new OptionError('issuers: an issuer must not appear twice');
    rules.set(entry.issuer, entry);
  }
  return rules;
}

function readIssuer(options: IssuerOptions, resources: ReadonlySet<string>): IssuerRules {
  assertKnownOptions('issuers', options, ISSUER_OPTION_NAMES);
  const { issuer, clockToleranceSeconds = 5, maxTokenSeconds = 3600, accepts = NO_RIGHTS } = options;
  if (!isIdentifier(issuer)) throw new OptionError('issuers: issuer must be a text');
  if (accepts === 'own') checkOwn(options);
  const keys = readKeys(options.keys);
  const names = readAlgorithms(options.algorithms ?? keys.algorithms, accepts === 'own');
  return {
    issuer,
    audience: parseAudiences(options.audience),
    resources,
    keys,
    algorithms: new Set(names),
    accepts,
    catalogues: options.catalogues,
    readRights: readRightsOption(options),
    audienceClaim: readAudienceClaim(options.audienceClaim),
    requiredClaims: readRequiredClaims(options),
    clockToleranceSeconds: parseInteger('issuers: clockToleranceSeconds', clockToleranceSeconds, {
      least: 0,
      most: MAX_CLOCK_TOLERANCE_SECONDS,
    }),
    maxTokenSeconds: parseInteger('issuers: maxTokenSeconds', maxTokenSeconds, { least: 1, most: MAX_TOKEN_SECONDS }),
    types: new Set((options.types ?? ['at+jwt']).map(normalizeType)),
    requireJti: options.requireJti ?? true,
    ignoredMembers: readIgnored(options.ignoredHeaderMembers ?? []),
  };
}

const NO_RIGHTS: AcceptedRights = { permissions: [], organizations: [] };

function checkOwn(options: IssuerOptions): void {
  const { types, requireJti, ignoredHeaderMembers, rights, audienceClaim, azp, requiredClaims } = options;
  const foreign = { types, requireJti, ignoredHeaderMembers, rights, audienceClaim, azp, requiredClaims };
  const relaxed = Object.entries(foreign).find(([, value]) => value !== undefined);
  if (relaxed === undefined) return;
  throw new OptionError(`issuers: ${relaxed[0]} must be omitted if accepts is own`);
}

function readRightsOption({ issuer, rights, accepts }: IssuerOptions): ReadRights | undefined {
  if (rights === undefined) return undefined;
  if (accepts === undefined) {
    throw new OptionError(
      'issuers: accepts must say what rights can give at most, such as { permissions: [...], organizations: [...] }',
    );
  }
  return parseIssuerRights(issuer, rights);
}

function readAudienceClaim(claim: AudienceClaim = 'aud'): AudienceClaim {
  if (AUDIENCE_CLAIMS.includes(claim)) return claim;
  throw new OptionError(`issuers: audienceClaim must be one of ${AUDIENCE_CLAIMS.join(', ')}`);
}

function readRequiredClaims({ requiredClaims = {}, azp, audienceClaim }: IssuerOptions): readonly RequiredClaim[] {
  const claims: [string, string | readonly string[]][] = Object.entries(requiredClaims);
  if (azp !== undefined) claims.push(['azp', azp]);
  if (audienceClaim === 'client_id') claims.push(['token_use', 'access']);
  return claims.map(([claim, given]) => {
    const values = typeof given === 'string' ? [given] : given;
    if (!Array.isArray(values) || values.length === 0 || !values.every(isIdentifier)) {
      throw new OptionError(`issuers: ${claim} must be a text or a list of texts`);
    }
    return { path: parseClaimName('requiredClaims', claim), values: new Set(values) };
  });
}

function readKeys(keys: KeySource | readonly TokenKey[] | undefined): KeySource {
  if (keys === undefined) throw new OptionError('issuers: keys must be given');
  return 'find' in keys && 'algorithms' in keys ? keys : staticKeys(keys);
}

/**
 * Returns the algorithms to accept. @param isOwn True for Flairgate's own tokens, which may use only some algorithms.
 */
function readAlgorithms(names: readonly Algorithm[], isOwn: boolean): readonly Algorithm[] {
  for (const name of names) if (!Object.hasOwn(algorithms, name)) throw new OptionError(unknownAlgorithm(name));
  checkAlgorithms(names);
  const possible: readonly Algorithm[] = isOwn ? OWN_ALGORITHMS : FOREIGN_ALGORITHMS;
  const used = names.filter((name) => possible.includes(name));
  if (used.length > 0) return used;
  throw new OptionError(`issuers: algorithms must contain one of ${possible.join(', ')}`);
}

function unknownAlgorithm(name: string): string {
  return `issuers: unknown algorithm; did you mean ${nearest(String(name), Object.keys(algorithms))}?`;
}

function parseAudiences(audience: string | readonly string[]): ReadonlySet<string> {
  const names = typeof audience === 'string' ? [audience] : audience;
  if (!Array.isArray(names) || names.length === 0 || !names.every(isIdentifier)) {
    throw new OptionError('issuers: audience must be a text or a list of texts');
  }
  return new Set(names);
}

function readIgnored(names: readonly IgnorableHeaderMember[]): ReadonlySet<string> {
  const stranger = names.find((name) => !IGNORABLE_HEADER_MEMBERS.includes(name));
  if (stranger === undefined) return new Set(names);
  throw new OptionError(`issuers: ignoredHeaderMembers must contain ${IGNORABLE_HEADER_MEMBERS.join(' and ')} only`);
}
