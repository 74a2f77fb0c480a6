import { OptionError } from '../../../denial/errors.js';
import { assertKnownOptions } from '../../../options/assert-known-options.js';
import type { Fetch } from '../foreign/fetch-json.js';
import type { IssuerOptions } from '../verifier-options.js';
import { type OidcIssuerOptions, oidcIssuer } from './oidc-issuer.js';
import { type Provider, type ProviderName, providers } from './providers.js';

/**
 * An external issuer whose tokens federations may accept, as listed by the operator. A federation is a workload, such
 * as a CI job, that exchanges this issuer's tokens.
 */
export interface FederationIssuerOptions {
  /** The exact value of `iss`. */
  readonly issuer: string;
  /** Name of a known provider. By default, tokens must be RFC 9068 access tokens. */
  readonly provider?: ProviderName;
  /** URL of the key set. By default, the URL is read from the issuer's metadata. */
  readonly jwksUri?: string;
  /**
   * Claims that identify a workload permanently. A federation must match at least one of them. By default, the claims
   * that the provider defines. Without a provider, the default is `sub`.
   */
  readonly immutableClaims?: readonly string[];
  /**
   * Default for the option `once` (each token may be used only once) of this issuer's federations. By default, the
   * provider's value, or false without a provider.
   */
  readonly once?: boolean;
}

/** A parsed issuer whose tokens federations may accept. */
export interface FederationIssuer {
  /** Options of the issuer, without an audience. Each federation sets its own audience. */
  readonly entry: IssuerOptions;
  readonly immutableClaims: readonly string[];
  readonly reusedClaims: Readonly<Record<string, string>>;
  readonly once: boolean;
}

/** The issuers whose tokens federations may accept, by `iss`. */
export type FederationIssuers = ReadonlyMap<string, FederationIssuer>;

/** The issuers that federations may accept by default. */
export const DEFAULT_FEDERATION_ISSUERS: readonly FederationIssuerOptions[] = [
  { provider: 'github-actions', issuer: 'https://token.actions.githubusercontent.com' },
  { provider: 'gitlab', issuer: 'https://gitlab.com' },
];

const FEDERATION_ISSUER_OPTIONS = [
  'issuer',
  'provider',
  'jwksUri',
  'immutableClaims',
  'once',
] as const satisfies readonly (keyof FederationIssuerOptions)[];

/**
 * Opens the issuers whose tokens federations may accept. Nothing is fetched before the first token.
 *
 * @throws OptionError for an invalid option.
 * @example
 * const issuers = openFederationIssuers(undefined, { fetch }); // GitHub Actions and GitLab.com
 */
export function openFederationIssuers(
  list: readonly FederationIssuerOptions[] = DEFAULT_FEDERATION_ISSUERS,
  source: { readonly fetch: Fetch; readonly clock?: () => number },
): FederationIssuers {
  if (!Array.isArray(list)) throw new OptionError('federation.issuers: must be a list of issuers');
  const issuers = new Map<string, FederationIssuer>();
  for (const options of list) {
    assertKnownOptions('federation.issuers', options, FEDERATION_ISSUER_OPTIONS);
    if (issuers.has(options.issuer)) throw new OptionError('federation.issuers: an issuer must not appear twice');
    issuers.set(options.issuer, openIssuer(options, source));
  }
  return issuers;
}

function openIssuer(
  { issuer, provider, jwksUri, immutableClaims, once }: FederationIssuerOptions,
  source: Pick<OidcIssuerOptions, 'fetch' | 'clock'>,
): FederationIssuer {
  const entry = oidcIssuer({
    ...source,
    issuer,
    audience: [],
    ...(provider === undefined ? {} : { provider }),
    ...(jwksUri === undefined ? {} : { jwksUri }),
  });
  const known: Partial<Provider> = provider === undefined ? {} : providers[provider];
  return {
    entry,
    immutableClaims: immutableClaims ?? known.immutableClaims ?? ['sub'],
    reusedClaims: known.reusedClaims ?? {},
    once: once ?? known.once ?? false,
  };
}
