import { OptionError } from '../../denial/errors.js';
import { assertKnownOptions } from '../../options/assert-known-options.js';
import { nearest } from '../../options/nearest.js';
import { type Algorithm, algorithms, type TokenKey } from './foreign/algorithms.js';
import { checkAlgorithms, type KeySource, staticKeys } from './foreign/key-set.js';
import type { CompactCatalogue } from './text/compact.js';
import {
  type HeaderRules,
  IGNORABLE_HEADER_MEMBERS,
  type IgnorableHeaderMember,
  normalizeType,
} from './text/header.js';
import { isIdentifier, type RegisteredClaimRules } from './text/registered-claims.js';
import type { AcceptedRights } from './text/rights.js';

/** Where the catalogues of compact tokens come from. A digest names one list for ever. */
export interface CatalogueSource {
  find(digest: string): CompactCatalogue | undefined;
  /** Fetches a catalogue that is not known yet. @throws UnavailableError when it cannot be had. */
  refresh?(digest: string): Promise<void> | undefined;
}

/** An issuer whose tokens are taken. */
export interface IssuerOptions {
  /** Compared whole with `iss`. */
  readonly issuer: string;
  /** Our own name or names; `aud` must hold one of them. */
  readonly audience: string | readonly string[];
  readonly keys: KeySource | readonly TokenKey[];
  /** Algorithms its tokens may use. Default: those of `keys`. */
  readonly algorithms?: readonly Algorithm[];
  /**
   * What its tokens may grant here. `own`: it is this Flairgate, or the one this service belongs to, and all its
   * tokens say counts. Default: nothing; the subject is known, and may do nothing.
   */
  readonly accepts?: 'own' | AcceptedRights;
  /** Where its compact tokens' catalogues come from. Default: nowhere, so that they are refused. */
  readonly catalogues?: CatalogueSource;
  /** Seconds that `iat` and `nbf` may lie ahead: 0 to 300, default 5. `exp` has none. */
  readonly clockToleranceSeconds?: number;
  /** Longest `exp - iat`. Default 3600. */
  readonly maxTokenSeconds?: number;
  /** `typ` values; an empty text stands for a token without one. Default `at+jwt`. Not with `own`. */
  readonly types?: readonly string[];
  /** Default true. Not with `own`. */
  readonly requireJti?: boolean;
  /** Header members to read over: `x5t`, `x5t#S256`. Default none. Not with `own`. */
  readonly ignoredHeaderMembers?: readonly IgnorableHeaderMember[];
}

export interface TokenVerifierOptions {
  readonly issuers: readonly IssuerOptions[];
  /** Larger tokens are refused with 413 before anything is parsed. Default 8192. */
  readonly maxTokenBytes?: number;
  /** Milliseconds since 1970; asked again after a wait. Default: the system's. */
  readonly clock?: () => number;
}

/** The options of an issuer, checked and complete. */
export interface IssuerRules extends HeaderRules, RegisteredClaimRules {
  readonly keys: KeySource;
  readonly algorithms: ReadonlySet<string>;
  readonly accepts: 'own' | AcceptedRights;
  readonly catalogues: CatalogueSource | undefined;
}

const MAX_CLOCK_TOLERANCE_SECONDS = 300;
const MAX_TOKEN_SECONDS = 31 * 24 * 3600;

const ISSUER_NAMES = [
  'issuer',
  'audience',
  'keys',
  'algorithms',
  'accepts',
  'catalogues',
  'clockToleranceSeconds',
  'maxTokenSeconds',
  'types',
  'requireJti',
  'ignoredHeaderMembers',
] as const satisfies readonly (keyof IssuerOptions)[];

/** @throws OptionError */
export function readIssuers(issuers: readonly IssuerOptions[]): ReadonlyMap<string, IssuerRules> {
  if (!Array.isArray(issuers) || issuers.length === 0) throw new OptionError('issuers: name at least one');
  const rules = new Map<string, IssuerRules>();
  for (const options of issuers) {
    const entry = readIssuer(options);
    if (rules.has(entry.issuer)) throw new OptionError('issuers: one issuer stands twice');
    rules.set(entry.issuer, entry);
  }
  return rules;
}

function readIssuer(options: IssuerOptions): IssuerRules {
  assertKnownOptions('issuers', options, ISSUER_NAMES);
  const { issuer, clockToleranceSeconds = 5, maxTokenSeconds = 3600, accepts = NOTHING } = options;
  if (!isIdentifier(issuer)) throw new OptionError('issuers: issuer must be a text');
  if (accepts === 'own') checkOwn(options);
  const keys = readKeys(options.keys);
  const names = options.algorithms ?? keys.algorithms;
  for (const name of names) if (!Object.hasOwn(algorithms, name)) throw new OptionError(unknownAlgorithm(name));
  checkAlgorithms(names);
  return {
    issuer,
    audience: readAudience(options.audience),
    keys,
    algorithms: new Set(names),
    accepts,
    catalogues: options.catalogues,
    clockToleranceSeconds: seconds('clockToleranceSeconds', clockToleranceSeconds, 0, MAX_CLOCK_TOLERANCE_SECONDS),
    maxTokenSeconds: seconds('maxTokenSeconds', maxTokenSeconds, 1, MAX_TOKEN_SECONDS),
    types: new Set((options.types ?? ['at+jwt']).map(normalizeType)),
    requireJti: options.requireJti ?? true,
    ignoredMembers: readIgnored(options.ignoredHeaderMembers ?? []),
  };
}

const NOTHING: AcceptedRights = { permissions: [], flairs: [], organizations: [] };

function checkOwn({ types, requireJti, ignoredHeaderMembers }: IssuerOptions): void {
  const relaxed = Object.entries({ types, requireJti, ignoredHeaderMembers }).find(([, value]) => value !== undefined);
  if (relaxed === undefined) return;
  throw new OptionError(`issuers: ${relaxed[0]} is for other issuers; leave it out where accepts is own`);
}

function readKeys(keys: KeySource | readonly TokenKey[] | undefined): KeySource {
  if (keys === undefined) throw new OptionError('issuers: keys are missing');
  return 'find' in keys && 'algorithms' in keys ? keys : staticKeys(keys);
}

function unknownAlgorithm(name: string): string {
  return `issuers: unknown algorithm; did you mean ${nearest(String(name), Object.keys(algorithms))}?`;
}

function readAudience(audience: string | readonly string[]): ReadonlySet<string> {
  const names = typeof audience === 'string' ? [audience] : audience;
  if (!Array.isArray(names) || names.length === 0 || !names.every(isIdentifier)) {
    throw new OptionError('issuers: audience must be a text or a list of texts');
  }
  return new Set(names);
}

function readIgnored(names: readonly IgnorableHeaderMember[]): ReadonlySet<string> {
  const stranger = names.find((name) => !IGNORABLE_HEADER_MEMBERS.includes(name));
  if (stranger === undefined) return new Set(names);
  throw new OptionError(`issuers: ignoredHeaderMembers may hold ${IGNORABLE_HEADER_MEMBERS.join(' and ')} only`);
}

function seconds(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new OptionError(`issuers: ${name} must be a whole number of seconds from ${least} to ${most}`);
}
