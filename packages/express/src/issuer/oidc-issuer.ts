import type { OidcIssuerOptions as CoreOptions, Fetch, IssuerOptions } from '@flairgate/core/tokens';
import { oidcIssuer as createIssuer } from '@flairgate/core/tokens';
import { createCheckedFetch } from './checked-fetch.js';

/** Options of `oidcIssuer`. */
export interface OidcIssuerOptions extends Omit<CoreOptions, 'fetch'> {
  /**
   * Allows metadata and keys at addresses that are not public, such as those of a cluster. Cannot be combined with
   * `fetch`.
   *
   * @default false
   */
  readonly allowPrivateAddresses?: boolean;
  /**
   * Function that fetches metadata and keys, for example through a proxy. It must itself refuse addresses that are not
   * allowed.
   *
   * @default `createCheckedFetch`
   */
  readonly fetch?: Fetch;
}

/**
 * Creates the options of an identity provider, for `tokens.issuers` of `createGate`.
 *
 * Metadata and keys are read when the first token arrives, so the provider may be down at start. The tokens grant the
 * rights that `rights` reads from their claims, but never more than `accepts` allows.
 *
 * @throws OptionError for an invalid option.
 * @example
 * const issuer = oidcIssuer({
 *   provider: 'auth0',
 *   issuer: 'https://tenant.eu.auth0.com/',
 *   audience: 'https://api.example.com',
 * });
 */
export function oidcIssuer({ allowPrivateAddresses = false, fetch, ...options }: OidcIssuerOptions): IssuerOptions {
  return createIssuer({ ...options, fetch: fetch ?? createCheckedFetch({ allowPrivateAddresses }) });
}
