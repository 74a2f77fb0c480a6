import type { OidcIssuerOptions as CoreOptions, Fetch, IssuerOptions } from '@flairgate/core/tokens';
import { oidcIssuer as createIssuer } from '@flairgate/core/tokens';
import { createCheckedFetch } from './checked-fetch.js';

/** Options of `oidcIssuer`. */
export interface OidcIssuerOptions extends Omit<CoreOptions, 'fetch'> {
  /**
   * True to allow metadata and keys at addresses that are not public, such as those of a cluster. Has no effect if
   * `fetch` is given.
   *
   * @default false
   */
  readonly allowPrivateAddresses?: boolean;
  /**
   * Function that fetches metadata and keys, for example through a proxy. The function itself must refuse addresses
   * that are not allowed.
   *
   * @default `createCheckedFetch`
   */
  readonly fetch?: Fetch;
}

/**
 * Creates an entry for `tokens.issuers` of `createGate`, so that the gate accepts the tokens of an external identity
 * provider.
 *
 * Metadata and keys are read when the first token arrives, so the provider may be down at start. The option `rights`
 * determines which rights are read from a token's claims. The token never grants more than the option `accepts` allows.
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
