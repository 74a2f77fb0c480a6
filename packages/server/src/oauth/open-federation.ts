import { type FederationIssuers, openFederationIssuers } from '@flairgate/core/tokens';
import { createCheckedFetch } from '@flairgate/express';
import type { ServiceOptions } from '../service-options.js';

/**
 * Opens the external issuers, such as GitHub Actions, whose tokens federations may use.
 *
 * @throws OptionError for an invalid option
 */
export function openFederation({ federation = {} }: ServiceOptions, clock: () => number): FederationIssuers {
  const { issuers, allowPrivateAddresses = false } = federation;
  const fetch = federation.fetch ?? createCheckedFetch({ allowPrivateAddresses });
  return openFederationIssuers(issuers, { fetch, clock });
}
