import { OptionError } from '../../../denial/errors.js';
import { assertKnownOptions } from '../../../options/assert-known-options.js';
import { nearest } from '../../../options/nearest.js';
import { assertHosts, type Fetch, fetchJson, isFetchable } from '../foreign/fetch-json.js';
import { MAX_KEY_SET_BYTES, openKeySource } from '../foreign/jwks-client.js';
import type { KeySource } from '../foreign/key-set.js';
import type { AcceptedRights } from '../text/rights.js';
import { ISSUER_OPTION_NAMES, type IssuerOptions } from '../verifier-options.js';
import { discoverKeySet } from './discovery.js';
import { type Provider, type ProviderName, providers } from './providers.js';

/** Options of `oidcIssuer`: the options of an issuer, and the options for fetching its keys. */
export interface OidcIssuerOptions extends Omit<IssuerOptions, 'keys' | 'accepts' | 'catalogues'> {
  /** Rights that the issuer's tokens may grant here. By default none. */
  readonly accepts?: AcceptedRights;
  /**
   * Name of a known provider. The provider changes the defaults of the other options, so that they match the provider's
   * tokens.
   *
   * @default none: tokens must be RFC 9068 access tokens
   */
  readonly provider?: ProviderName;
  /** URL of the key set. By default, the URL is read from the issuer's metadata. `issuer` must then be a URL. */
  readonly jwksUri?: string;
  /**
   * Age, in seconds, from which the key set is fetched again, even if the current key set contains all keys that tokens
   * need.
   *
   * @default 600
   */
  readonly keySetSeconds?: number;
  /**
   * Age, in seconds, up to which the last key set is used while no newer one can be fetched.
   *
   * @default 3600
   */
  readonly staleKeysSeconds?: number;
  /**
   * Timeout for fetching metadata and keys, in milliseconds.
   *
   * @default 5000
   */
  readonly timeoutMs?: number;
  /**
   * Hosts that may be fetched over http, such as another container. Keys fetched over http are not protected in
   * transit.
   *
   * @default none; http is always allowed on this machine
   */
  readonly allowHttp?: readonly string[];
  /** Function that fetches metadata and keys. The function must honor `redirect: 'error'`. */
  readonly fetch: Fetch;
  /** Returns the current time in milliseconds since the Unix epoch. @default Date.now */
  readonly clock?: () => number;
}

const OIDC_SOURCE_OPTIONS = [
  'provider',
  'jwksUri',
  'keySetSeconds',
  'staleKeysSeconds',
  'timeoutMs',
  'allowHttp',
  'fetch',
  'clock',
] as const satisfies readonly (keyof OidcIssuerOptions)[];

/**
 * Creates issuer options for an external issuer that publishes its keys. Use these options in `tokens.issuers`.
 *
 * Metadata and keys are fetched when a token first needs them, so the issuer may be unreachable at startup. The
 * metadata must contain exactly this `issuer`.
 *
 * @throws OptionError for an invalid option.
 * @see OpenID Connect Discovery 1.0, RFC 8414
 * @example
 * const issuer = oidcIssuer({ provider: 'auth0', issuer: 'https://tenant.eu.auth0.com/', audience: 'api', fetch });
 * const verify = createTokenVerifier({ issuers: [issuer] });
 */
export function oidcIssuer(options: OidcIssuerOptions): IssuerOptions {
  assertKnownOptions('oidcIssuer', options, [...OIDC_SOURCE_OPTIONS, ...ISSUER_OPTION_NAMES]);
  const {
    provider,
    jwksUri,
    keySetSeconds,
    staleKeysSeconds,
    timeoutMs,
    allowHttp = [],
    fetch,
    clock,
    ...own
  } = options;
  assertHosts('oidcIssuer: allowHttp', allowHttp);
  if (jwksUri === undefined) assertUrl('issuer', options.issuer, allowHttp);
  const known = provider === undefined ? undefined : findProvider(provider, options.issuer);
  const keys = keySource({ ...options, allowHttp }, jwksUri ?? known?.keySet?.(options.issuer));
  return { algorithms: keys.algorithms, ...known?.defaults, ...definedOptions(own), keys };
}

function definedOptions<Value extends object>(options: Value): Value {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Value;
}

function findProvider(name: ProviderName, issuer: string): Provider {
  if (!Object.hasOwn(providers, name)) {
    const meant = nearest(String(name), Object.keys(providers));
    throw new OptionError(`oidcIssuer: unknown provider; did you mean ${meant}?`);
  }
  const provider: Provider = providers[name];
  if (provider.issuer.test(issuer)) return provider;
  throw new OptionError(`oidcIssuer: issuer of ${name} must look like ${provider.example}`);
}

function assertUrl(name: string, url: unknown, allowHttp: readonly string[]): void {
  if (typeof url === 'string' && isFetchable(url, allowHttp) && new URL(url).search === '') return;
  throw new OptionError(`oidcIssuer: ${name} must be an https URL without query, or http on this machine`);
}

function keySource(
  options: OidcIssuerOptions & { readonly allowHttp: readonly string[] },
  url: string | undefined,
): KeySource {
  const { issuer, fetch, clock = Date.now, timeoutMs = 5000, allowHttp } = options;
  if (typeof fetch !== 'function') throw new OptionError('oidcIssuer: fetch must be a function');
  if (url !== undefined) assertUrl('jwksUri', url, allowHttp);
  const { keySetSeconds = 600, staleKeysSeconds = 3600 } = options;
  return openKeySource({ clock, timeoutMs, keySetSeconds, staleKeysSeconds }, async (signal) => {
    const keys = url ?? (await discoverKeySet({ issuer, fetch, timeoutMs, allowHttp, signal }));
    return fetchJson(keys, { fetch, timeoutMs, maxBytes: MAX_KEY_SET_BYTES, signal });
  });
}
