import { randomBytes } from 'node:crypto';
import { defaultCatalogue, type KeyFormat } from '@flairgate/core';
import { type Actor, type AdministrationContext, readOrClaimCatalogue } from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import type { Store } from '@flairgate/core/store';
import { type FederationIssuers, type Fetch, openFederationIssuers } from '@flairgate/core/tokens';
import type { ServiceOptions } from '@flairgate/server';
import type { Configuration } from './configuration/configuration.js';

type FederationOptions = NonNullable<ServiceOptions['federation']>;

/**
 * Actor of all commands that run directly on a database. The operator may grant any right, so `checkNoEscalation` (the
 * check that callers grant only rights that they have) does not apply. The audit names the actor `command line`.
 */
export const operator = { kind: 'operator', name: 'command line' } as const satisfies Actor;

/**
 * Creates the context for administration commands on an open store.
 *
 * @throws OptionError if the catalogue in the database differs from the catalogue in the configuration.
 */
export async function createContext(
  store: Store,
  { keyHash, service = {}, catalogue, limits }: Pick<Configuration, 'keyHash'> & Partial<Configuration>,
  keyFormat?: KeyFormat,
): Promise<AdministrationContext> {
  const hasher = createHasher();
  return {
    store,
    catalogue: await readOrClaimCatalogue(store, catalogue, defaultCatalogue),
    now: Date.now,
    random: randomBytes,
    keyFormat: keyFormat ?? service.keyFormat ?? 'fg',
    unknownFlairs: service.unknownFlairs ?? 'refuse',
    uniqueOrganizationNames: service.uniqueOrganizationNames ?? false,
    hashSecret: (text) => hasher.hash(text, keyHash),
    readableIngestionKeys: service.readableIngestionKeys ?? false,
    federationIssuers: openFederation(service.federation),
    ...(limits === undefined ? {} : { limits }),
    committed: async () => undefined,
  };
}

/**
 * Opens the issuers whose tokens federations exchange. The function that fetches the public keys of the issuers is in
 * `@flairgate/express`. This package is loaded only at the first fetch, because few commands fetch anything.
 */
function openFederation({ issuers, allowPrivateAddresses = false }: FederationOptions = {}): FederationIssuers {
  const fetch: Fetch = async (...request) => {
    const { createCheckedFetch } = await import('@flairgate/express');
    return createCheckedFetch({ allowPrivateAddresses })(...request);
  };
  return openFederationIssuers(issuers, { fetch });
}
