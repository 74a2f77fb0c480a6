import { defaultCatalogue, type Principal } from '@flairgate/core';
import {
  type CreateServiceKeyInput,
  createOrganization,
  createServiceKey,
  type ServiceAuthContext,
} from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import { createVerifyOnce } from '@flairgate/core/internal';
import { createHmacTokenKey, createOwnVerifier, createTokenMint, ownIssuer } from '@flairgate/core/tokens';
import { type AdministrationFixture, must, OPERATOR, openAdministrationFixture } from './fixture.js';

const SECRET = 'only-for-this-test: not a secret of anything 0123456789';
export const ISSUER = 'https://issuer.example';

/** An issuer of tokens, and services that ask it. */
export interface ServicesFixture extends AdministrationFixture {
  readonly fleet: ServiceAuthContext;
  readonly oid: string;
  readonly other: string;
  service(input?: Partial<CreateServiceKeyInput>): Promise<{ readonly principal: Principal; readonly keyId: string }>;
}

export async function openServicesFixture(): Promise<ServicesFixture> {
  const setting = await openAdministrationFixture();
  const { store, clock, context, authenticator } = setting;
  const key = createHmacTokenKey(SECRET);
  const tokens = { issuer: ISSUER, audience: 'flairgate', secret: SECRET };
  const issuer = ownIssuer({ tokens, catalogue: defaultCatalogue, store, clock: clock.wall });
  const mint = createTokenMint({
    issuer: ISSUER,
    audience: 'flairgate',
    signer: () => key,
    catalogue: defaultCatalogue,
    clock: clock.wall,
  });
  return {
    ...setting,
    fleet: {
      store,
      catalogue: defaultCatalogue,
      now: clock.wall,
      verifyOnce: createVerifyOnce(createHasher().verify, 100),
      mint,
      issuer: ISSUER,
      revision: authenticator.revision,
      verifyToken: createOwnVerifier({ issuer, maxTokenBytes: 8192, clock: clock.wall }),
    },
    oid: must(await createOrganization(context, OPERATOR, { name: 'Acme' })).oid,
    other: must(await createOrganization(context, OPERATOR, { name: 'Other' })).oid,
    service: async (input = {}) => {
      const made = must(
        await createServiceKey(context, OPERATOR, { name: 'rules', organizations: 'all', mayExchange: [], ...input }),
      );
      return { principal: await setting.principal(made.text), keyId: made.keyId };
    },
  };
}

export function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());
}
