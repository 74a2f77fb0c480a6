import { type Authenticator, createAuthenticator, defaultCatalogue, isDenial, type Principal } from '@flairgate/core';
import { type Actor, type ExchangeContext, type ExchangeInput, exchange } from '@flairgate/core/administration';
import { createHasher } from '@flairgate/core/calibrate';
import { createVerifyOnce } from '@flairgate/core/internal';
import { createHmacTokenKey, createTokenMint } from '@flairgate/core/tokens';
import { type AdministrationFixture, must } from './fixture.js';

const SECRET = 'only-for-this-test: not a secret of anything 0123456789';
const ISSUER = 'https://issuer.example';

/** The exchange of a setting, and a gate that knows its tokens. */
export interface Tokens {
  readonly exchange: ExchangeContext;
  readonly authenticator: Authenticator;
  jwt(input: ExchangeInput): Promise<string>;
  principal(jwt: string): Promise<Principal>;
  /** Returns the actor of a token that is exchanged now. */
  actor(input: ExchangeInput): Promise<Actor>;
}

export function openTokens({ store, clock }: AdministrationFixture): Tokens {
  const key = createHmacTokenKey(SECRET);
  const context: ExchangeContext = {
    store,
    catalogue: defaultCatalogue,
    now: clock.wall,
    verifyOnce: createVerifyOnce(createHasher().verify, 100),
    mint: createTokenMint({
      issuer: ISSUER,
      audience: 'flairgate',
      signer: () => key,
      catalogue: defaultCatalogue,
      clock: clock.wall,
    }),
  };
  const authenticator = createAuthenticator({
    store,
    clock,
    tokens: { issuer: ISSUER, audience: 'flairgate', secret: SECRET },
  });
  const jwt = async (input: ExchangeInput) => must(await exchange(context, input, undefined)).jwt;
  const principal = async (text: string) => {
    await authenticator.revision.sync();
    const found = await authenticator.authenticate({ kind: 'bearer', text }, undefined);
    if (isDenial(found)) throw new Error(`refused: ${found.reason}`);
    return found;
  };
  return {
    exchange: context,
    authenticator,
    jwt,
    principal,
    actor: async (input) => ({ kind: 'principal', principal: await principal(await jwt(input)), address: undefined }),
  };
}
