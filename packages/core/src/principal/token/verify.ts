import { allow, type Denial, type Outcome } from '../../denial/denial.js';
import { deny } from '../../denial/denial-table.js';
import { UnavailableError } from '../../denial/errors.js';
import { assertKnownOptions } from '../../options/assert-known-options.js';
import { parseInteger } from '../../options/integer.js';
import { keyFlaw } from './check-signature.js';
import { denyToken } from './deny-token.js';
import type { TokenKey } from './foreign/algorithms.js';
import { isForeignSignature } from './foreign/foreign-signature.js';
import { readClaim } from './issuer/claim-path.js';
import type { ReadRights } from './issuer/rights-table.js';
import { isOwnSignature } from './own/own-signature.js';
import { type ClaimedRights, parseClaimedRights, parseOwnClaims, type TokenClaims } from './text/claims.js';
import { compactView } from './text/compact.js';
import { type DecodedToken, decodeToken, type ReadHeaderPart, rememberHeaders } from './text/decode.js';
import { readHeader, type TokenHeader } from './text/header.js';
import type { JsonObject } from './text/json-object.js';
import { type RegisteredClaims, readRegisteredClaims } from './text/registered-claims.js';
import { mappedRights, NO_RIGHTS, type RightsByOrganization, restrictRights, singleRights } from './text/rights.js';
import { type IssuerRules, readIssuers, type TokenVerifierOptions } from './verifier-options.js';

/**
 * A token whose signature, issuer, audience and times are valid. Revocation is checked separately, with the changes in
 * the store.
 */
export interface VerifiedToken {
  readonly claims: TokenClaims;
  /** Rights that the token grants here, restricted by its issuer's `accepts`. */
  readonly rights: RightsByOrganization;
}

/**
 * Function that verifies a token at a given time, in milliseconds since the Unix epoch.
 *
 * Returns synchronously unless a key or a catalogue must be fetched. Refuses with `ERR_TOKEN_TOO_LARGE` or with
 * `ERR_TOKEN_INVALID`. The text of `ERR_TOKEN_INVALID` is always the same. Its `reason` contains the details, but only
 * for the audit log.
 *
 * @throws UnavailableError, or rejects with it, if keys or a catalogue cannot be fetched.
 */
export type TokenVerifier = (text: string, nowMs: number) => Outcome<VerifiedToken> | Promise<Outcome<VerifiedToken>>;

const DEFAULT_MAX_TOKEN_BYTES = 8192;

const VERIFIER_OPTIONS = [
  'issuers',
  'maxTokenBytes',
  'clock',
  'resources',
] as const satisfies readonly (keyof TokenVerifierOptions)[];

const NO_RESOURCES: ReadonlySet<string> = new Set();

/**
 * Creates a verifier for access tokens. The verifier checks size, format, header, key, signature and claims, in this
 * order.
 *
 * @throws OptionError for an invalid option.
 * @see RFC 8725 §3, RFC 9068 §4
 * @example
 * const keys = createJwksSource({ url: 'https://issuer.example/jwks.json', fetch, clock: Date.now });
 * const verify = createTokenVerifier({ issuers: [{ issuer: 'https://issuer.example', audience: 'api', keys }] });
 * const outcome = await verify(text, Date.now());
 */
export function createTokenVerifier(options: TokenVerifierOptions): TokenVerifier {
  assertKnownOptions('token verifier', options, VERIFIER_OPTIONS);
  const { clock = Date.now, resources = NO_RESOURCES } = options;
  const size = { least: 1, fallback: DEFAULT_MAX_TOKEN_BYTES };
  const maxTokenBytes = parseInteger('token verifier: maxTokenBytes', options.maxTokenBytes, size);
  const issuers = readIssuers(options.issuers, resources);
  const readHeaderPart = rememberHeaders();
  return function verifyToken(text, nowMs) {
    if (text.length > maxTokenBytes) return tooLarge(text.length, maxTokenBytes);
    const candidate = readCandidate(text, issuers, readHeaderPart);
    if (typeof candidate === 'string') return denyToken(candidate);
    return resolve(candidate, { nowMs, clock });
  };
}

/** A well-formed token. Nothing in the token is verified yet. */
interface Candidate {
  readonly token: DecodedToken;
  readonly rules: IssuerRules;
  readonly header: TokenHeader;
}

/**
 * Decodes a token and selects its issuer. If the token cannot be decoded or its issuer is not accepted, returns the
 * reason.
 *
 * `iss` is read before the signature is verified, but only to select the rules and keys of one issuer. The key is
 * looked up only among that issuer's keys, so two issuers may use the same kid.
 */
function readCandidate(
  text: string,
  issuers: ReadonlyMap<string, IssuerRules>,
  readHeaderPart: ReadHeaderPart,
): Candidate | string {
  const token = decodeToken(text, readHeaderPart);
  if (typeof token === 'string') return token;
  const { iss } = token.payload;
  const rules = typeof iss === 'string' ? issuers.get(iss) : undefined;
  if (rules === undefined) return 'iss';
  const header = readHeader(token.header, rules);
  return typeof header === 'string' ? header : { token, rules, header };
}

/** Time of a verification in milliseconds since the Unix epoch, and the clock that measures how long a wait takes. */
interface Moment {
  readonly nowMs: number;
  readonly clock: () => number;
}

/** Call this before a wait. Returns a function that returns the moment after the wait. */
function startWait({ nowMs, clock }: Moment): () => Moment {
  const startedAt = clock();
  return () => ({ nowMs: nowMs + Math.max(0, clock() - startedAt), clock });
}

function resolve(candidate: Candidate, moment: Moment): Outcome<VerifiedToken> | Promise<Outcome<VerifiedToken>> {
  const { rules, header } = candidate;
  const { kid, alg } = header;
  if (!rules.algorithms.has(alg)) return denyToken('alg');
  const key = rules.keys.find(kid, alg);
  if (key !== undefined) return verifyWith(candidate, key, moment);
  const now = startWait(moment);
  const fetched = rules.keys.refresh?.(kid);
  if (fetched === undefined) return denyToken('unknown key');
  return fetched.then(() => {
    const found = rules.keys.find(kid, alg);
    return found === undefined ? denyToken('unknown key') : verifyWith(candidate, found, now());
  });
}

function verifyWith(
  candidate: Candidate,
  key: TokenKey,
  moment: Moment,
): Outcome<VerifiedToken> | Promise<Outcome<VerifiedToken>> {
  const { token, rules, header } = candidate;
  if (!rules.algorithms.has(key.algorithm)) return denyToken('alg');
  const flaw = keyFlaw({ token, header }, key);
  if (flaw !== undefined) return denyToken(flaw);
  if (rules.accepts === 'own') {
    return isOwnSignature(token, key) ? readVerified(candidate, key.kid, moment) : denyToken('signature');
  }
  const now = startWait(moment);
  const signed = isForeignSignature(token, key);
  return signed.then((isSigned) => (isSigned ? readVerified(candidate, key.kid, now()) : denyToken('signature')));
}

/** Reads the claims of a token whose signature is valid. */
function readVerified(
  { token: { payload }, rules }: Candidate,
  signingKey: string,
  moment: Moment,
): Outcome<VerifiedToken> | Promise<Outcome<VerifiedToken>> {
  const registered = readRegisteredClaims(payload, rules, moment.nowMs);
  if (typeof registered === 'string') return denyToken(registered);
  const missing = rules.requiredClaims.find(({ path, values }) => !values.has(readClaim(payload, path)));
  if (missing !== undefined) return denyToken(missing.path.join('.'));
  const signed = { registered, signingKey };
  if (rules.readRights !== undefined) return grantByTable(payload, rules.readRights, rules, signed);
  const claims = readClaims(payload, rules, signed);
  if (!claims.allowed) return claims;
  return grant(claims.value, rules, moment);
}

/** The registered claims of a token, and the id of the key that signed it. */
interface SignedClaims {
  readonly registered: RegisteredClaims;
  readonly signingKey: string;
}

/** Returns all claims as one object. Each property is listed, because copies with a spread cost several times as much. */
function claimsOf(
  { registered, signingKey }: SignedClaims,
  own: TokenClaims['own'],
  rights: TokenClaims['rights'],
): TokenClaims {
  const { issuer, subject, tokenId, issuedAt, expiresAt, audience } = registered;
  const claims = { issuer, subject, tokenId, issuedAt, expiresAt, signingKey, own, rights };
  return audience === undefined ? claims : { ...claims, audience };
}

/**
 * Reads the rights in an external issuer's token with the configured table or function. Restricts the rights to
 * `accepts`.
 */
function grantByTable(
  payload: JsonObject,
  readRights: ReadRights,
  { accepts }: IssuerRules,
  signed: SignedClaims,
): Outcome<VerifiedToken> {
  const rights = readRights(payload);
  if (typeof rights === 'string') return denyToken(`claim of another shape: ${rights}`);
  const claims = claimsOf(signed, undefined, undefined);
  return allow({ claims, rights: accepts === 'own' ? NO_RIGHTS : restrictRights(rights, accepts) });
}

function readClaims(payload: JsonObject, { accepts }: IssuerRules, signed: SignedClaims): Outcome<TokenClaims> {
  // In an external issuer's token, the claims `oid` and `kid` may mean anything. If no rights are accepted, both
  // claims are ignored.
  if (accepts !== 'own' && accepts.permissions.length + (accepts.flairs ?? []).length === 0) {
    return allow(claimsOf(signed, undefined, undefined));
  }
  const rights = parseClaimedRights(payload);
  if (!rights.allowed) return rights;
  if (accepts !== 'own') return allow(claimsOf(signed, undefined, rights.value));
  const own = parseOwnClaims(payload);
  if (!own.allowed) return own;
  return allow(claimsOf(signed, own.value, rights.value));
}

function grant(
  claims: TokenClaims,
  rules: IssuerRules,
  moment: Moment,
): Outcome<VerifiedToken> | Promise<Outcome<VerifiedToken>> {
  const finish = (rights: RightsByOrganization | undefined): Outcome<VerifiedToken> => {
    if (rights === undefined) return denyToken('cmp against its catalogue');
    return allow({ claims, rights: rules.accepts === 'own' ? rights : restrictRights(rights, rules.accepts) });
  };
  const { rights } = claims;
  if (rights === undefined) return finish(NO_RIGHTS);
  if (rights.kind === 'organization') return finish(singleRights(rights.oid, rights.rights));
  if (rights.kind === 'user') return finish(mappedRights(rights.rights));
  const now = startWait(moment);
  const view = unpack(rights, rules);
  if (!(view instanceof Promise)) return finish(view);
  return view.then((found) => (claims.expiresAt * 1000 > now().nowMs ? finish(found) : denyToken('expired')));
}

/**
 * Reads the rights of a compact token with the catalogue that the token refers to. Called after the signature was
 * verified, so only a token that the issuer signed can cause a fetch of the catalogue.
 */
function unpack(
  { compact }: Extract<ClaimedRights, { kind: 'compact' }>,
  { catalogues }: IssuerRules,
): RightsByOrganization | undefined | Promise<RightsByOrganization | undefined> {
  if (catalogues === undefined) return undefined;
  const known = catalogues.find(compact.catalogue);
  if (known !== undefined) return compactView(compact, known);
  const fetched = catalogues.refresh?.(compact.catalogue);
  if (fetched === undefined) throw new UnavailableError('key-set', new Error('no such catalogue'));
  return fetched.then(() => {
    const found = catalogues.find(compact.catalogue);
    if (found === undefined) throw new UnavailableError('key-set', new Error('no such catalogue'));
    return compactView(compact, found);
  });
}

function tooLarge(bytes: number, limit: number): Denial {
  return deny('ERR_TOKEN_TOO_LARGE', { members: { bytes, limit } });
}
