import { createHash } from 'node:crypto';
import { allow, type Outcome } from '../denial/denial.js';
import { OptionError } from '../denial/errors.js';
import { assertKnownOptions } from '../options/assert-known-options.js';
import type { Catalogue } from '../permission/catalogue.js';
import type { Clock } from '../revision/clock.js';
import type { Revision } from '../revision/revision.js';
import type { Store } from '../store/store.js';
import { buildPrincipal, buildView, type PrincipalParts, type Views } from './build.js';
import { type CachedCredential, createCachedCredential } from './cached-credential.js';
import type { CredentialSource, FindCredential, Identified } from './credential-source.js';
import type { OrganizationView } from './principal.js';
import { denyToken } from './token/deny-token.js';
import { createHmacTokenKey } from './token/foreign/algorithms.js';
import { type KeySource, staticKeys } from './token/foreign/key-set.js';
import { storeKeys } from './token/own/store-keys.js';
import type { CatalogueSource, IssuerOptions } from './token/verifier-options.js';
import { createTokenVerifier, type VerifiedToken } from './token/verify.js';

/** Options for the bearer tokens that a gate accepts. */
export interface TokenOptions {
  /** Issuer name of this Flairgate instance. A token's `iss` must equal this string exactly. */
  readonly issuer: string;
  /** Name or names of this service. A token's `aud` must contain one of them. */
  readonly audience: string | readonly string[];
  /**
   * Shared secret of at least 32 bytes. If the secret is set, a token of this Flairgate instance is accepted only if it
   * is signed with the secret (HS256).
   *
   * @default the signing keys of the store
   */
  readonly secret?: string | Uint8Array;
  /**
   * Seconds, 0 to 300, by which `iat` and `nbf` may lie in the future.
   *
   * @default 5
   */
  readonly clockToleranceSeconds?: number;
  /**
   * Maximum lifetime of a token in seconds.
   *
   * @default 3600
   */
  readonly maxTokenSeconds?: number;
  /**
   * Maximum size of a token in bytes.
   *
   * @default 8192
   */
  readonly maxTokenBytes?: number;
  /**
   * External issuers: issuers other than this Flairgate instance, such as an identity provider. Each entry contains the
   * issuer's keys and the rights that the issuer's tokens may grant. By default, these tokens grant no rights.
   *
   * @default []
   */
  readonly issuers?: readonly IssuerOptions[];
}

const TOKEN_OPTION_NAMES = [
  'issuer',
  'audience',
  'secret',
  'clockToleranceSeconds',
  'maxTokenSeconds',
  'maxTokenBytes',
  'issuers',
] as const satisfies readonly (keyof TokenOptions)[];

export interface TokenFinderOptions {
  readonly source: CredentialSource;
  readonly tokens: TokenOptions;
  readonly catalogue: Catalogue;
  readonly clock: Clock;
  readonly revision: Revision;
  /** Names of the gate's protected resources. Names are added while the app is built. */
  readonly resources: ReadonlySet<string>;
}

/**
 * Creates the function that finds the principal for a bearer token. The token grants the rights in its claims until the
 * token expires, or until a change (for example to the token's user or key) revokes the token.
 *
 * @throws OptionError
 */
export function createTokenFinder(options: TokenFinderOptions): FindCredential {
  const { tokens, catalogue, clock, revision, source, resources } = options;
  assertKnownOptions('tokens', tokens, TOKEN_OPTION_NAMES);
  for (const name of ['issuer', 'audience'] as const) {
    if (tokens[name] === undefined) throw new OptionError(`tokens.${name}: must be given`);
  }
  const verify = createTokenVerifier({
    issuers: [issuerOf(source, options), ...(tokens.issuers ?? [])],
    clock: clock.wall,
    resources,
    ...(tokens.maxTokenBytes === undefined ? {} : { maxTokenBytes: tokens.maxTokenBytes }),
  });
  return async function findToken({ text }) {
    const verified = await verify(text, clock.wall());
    if (!verified.allowed) return verified;
    const { claims, rights } = verified.value;
    const limited = claims.own === undefined ? allow(rights) : source.limitRights(rights);
    return limited.allowed ? tokenToIdentified({ claims, rights: limited.value }, catalogue, revision) : limited;
  };
}

/** Returns the issuer options for the Flairgate instance that the source reads from. */
function issuerOf(source: CredentialSource, { tokens, catalogue, clock }: TokenFinderOptions): IssuerOptions {
  const { secret, maxTokenSeconds } = tokens;
  const keys = secret === undefined ? source.tokenKeys(clock.wall, maxTokenSeconds) : secretKeys(secret);
  return issuerBy({ tokens, catalogue, keys, published: source.catalogues(clock.wall) });
}

export interface OwnIssuerOptions {
  /** Issuer, audience and secret of the tokens. */
  readonly tokens: Omit<TokenOptions, 'issuers' | 'maxTokenBytes'>;
  /** Permission catalogue. Compact tokens encode permissions as positions in this catalogue. */
  readonly catalogue: Catalogue;
  /** Store with the signing keys. */
  readonly store: Store;
  /** Returns the current time in milliseconds since the Unix epoch. */
  readonly clock: () => number;
}

/**
 * Returns issuer options with which a verifier accepts the tokens of this Flairgate instance. The tokens must be signed
 * with the shared secret if one is set, and otherwise with the store's keys.
 *
 * @example
 * const own = ownIssuer({ tokens: { issuer, audience }, catalogue, store, clock: Date.now });
 * const verify = createTokenVerifier({ issuers: [own] });
 */
export function ownIssuer({ tokens, catalogue, store, clock }: OwnIssuerOptions): IssuerOptions {
  const { secret, maxTokenSeconds = 3600 } = tokens;
  const keys = secret === undefined ? storeKeys({ store, clock, maxTokenSeconds }) : secretKeys(secret);
  return issuerBy({ tokens, catalogue, keys, published: undefined });
}

function secretKeys(secret: string | Uint8Array): KeySource {
  return staticKeys([createHmacTokenKey(secret, 'tokens.secret')]);
}

interface IssuerParts extends Pick<OwnIssuerOptions, 'tokens' | 'catalogue'> {
  readonly keys: KeySource;
  /** Source of further permission catalogues. Undefined if there are none except the gate's own. */
  readonly published: CatalogueSource | undefined;
}

function issuerBy({ tokens, catalogue, keys, published }: IssuerParts): IssuerOptions {
  const { issuer, audience, clockToleranceSeconds, maxTokenSeconds } = tokens;
  const find = (digest: string) => (digest === catalogue.digest ? catalogue : undefined);
  return {
    issuer,
    audience,
    keys,
    accepts: 'own',
    catalogues:
      published === undefined ? { find } : { ...published, find: (digest) => find(digest) ?? published.find(digest) },
    ...(clockToleranceSeconds === undefined ? {} : { clockToleranceSeconds }),
    ...(maxTokenSeconds === undefined ? {} : { maxTokenSeconds }),
  };
}

function tokenToIdentified(
  { claims, rights }: VerifiedToken,
  catalogue: Catalogue,
  revision: Revision,
): Outcome<Identified> {
  const { own } = claims;
  if (own !== undefined && own.incarnation !== revision.incarnation) return denyToken('of another incarnation');
  const held = createCachedCredential(
    {
      // No change in our store revokes a token of an external issuer. Such a token is valid until it expires.
      rev: own?.revision ?? Number.POSITIVE_INFINITY,
      keyId: own?.keyId,
      uid: own?.uid,
      actors: own?.actors ?? [],
      incarnation: own?.incarnation,
      retiring: own?.retiring,
      organizations: own === undefined ? [] : rights.organizations,
      signingKey: claims.signingKey,
      audience: claims.audience,
    },
    claims.expiresAt * 1000,
  );
  if (!revision.alive(held)) return denyToken('ended by a change');
  const parts = own === undefined ? foreignParts(claims) : ownParts(claims, own);
  const views = lazyViews(parts, rights, catalogue, held);
  return allow({
    held,
    tag: undefined,
    inRange: undefined,
    principal: () => buildPrincipal(parts, views, held),
  });
}

function ownParts(
  { subject }: VerifiedToken['claims'],
  own: NonNullable<VerifiedToken['claims']['own']>,
): PrincipalParts {
  return {
    kind: own.kind,
    identity: subject,
    secretId: own.secretId,
    name: own.ident,
    ident: own.ident,
    via: 'token',
    keyId: own.keyId,
    uid: own.uid,
    ...(own.narrowed ? { narrowed: true as const } : {}),
    ...(own.actors.length === 0 ? {} : { actors: Object.freeze([...own.actors]) }),
  };
}

/**
 * Returns the parts of a principal for a subject of an external issuer. `identity` is derived from the issuer and the
 * claim `sub`, never from a name. `ident`, which is displayed, contains both the subject and the issuer, because two
 * issuers may use the same subject name, and a subject may have the same name as one of our users.
 */
function foreignParts({ issuer, subject }: VerifiedToken['claims']): PrincipalParts {
  const digest = createHash('sha256')
    .update(JSON.stringify([issuer, subject]))
    .digest('base64url')
    .slice(0, 22);
  const identity = `subject:${digest}`;
  return {
    kind: 'subject',
    identity,
    secretId: identity,
    name: subject,
    ident: `${subject}@${issuer}`,
    via: 'token',
    keyId: undefined,
    uid: undefined,
  };
}

/** Creates the organization views of a token's principal. Each view is built when it is first read. */
function lazyViews(
  parts: PrincipalParts,
  rights: VerifiedToken['rights'],
  catalogue: Catalogue,
  held: CachedCredential,
): Views {
  const built = new Map<string, OrganizationView>();
  const { identity, secretId } = parts;
  return {
    organizations: rights.organizations,
    in: (oid) => {
      const known = built.get(oid);
      if (known !== undefined) return known;
      const granted = rights.in(oid);
      if (granted === undefined) return undefined;
      const permissions = catalogue.expand(granted.permissions);
      const { flairs } = granted;
      const view = buildView({ oid, identity, secretId, permissions, flairs, owner: false }, catalogue, held);
      built.set(oid, view);
      return view;
    },
  };
}
