import { randomBytes } from 'node:crypto';
import { defaultCatalogue, type KeyFormat } from '@flairgate/core';
import { type Actor, type AdministrationContext, readOrClaimCatalogue } from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import type { Store } from '@flairgate/core/store';
import { openFederationIssuers } from '@flairgate/core/tokens';
import { createCheckedFetch } from '@flairgate/express';
import type { Configuration } from './configuration/configuration.js';

/** Actor of the commands of this program. `checkNoEscalation` does not apply to it. The audit has it under this name. */
export const operator = { kind: 'operator', name: 'command line' } as const satisfies Actor;

/**
 * Creates the context of administration commands on an open store.
 *
 * @throws OptionError if the database keeps another catalogue than the one of the configuration.
 */
export async function createContext(
  store: Store,
  { keyHash, service = {}, catalogue }: Pick<Configuration, 'keyHash'> & Partial<Configuration>,
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
    federationIssuers: openFederationIssuers(service.federation?.issuers, { fetch: createCheckedFetch() }),
    committed: async () => undefined,
  };
}
