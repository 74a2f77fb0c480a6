import { generateKeyPairSync } from 'node:crypto';
import { UnavailableError } from '@flairgate/core';
import { tokenKey } from '@flairgate/core/internal';
import type { IssuerOptions, KeySource, TokenKey } from '@flairgate/core/tokens';
import { createTokenVerifier } from '@flairgate/core/tokens';
import { describe, expect, it } from 'vitest';
import {
  AUDIENCE,
  accepted,
  claims,
  craft,
  header,
  hmac,
  ISSUER,
  input,
  keys,
  mint,
  NOW,
  now,
  reasonOf,
  signers,
  verifier,
} from './token-fixture.js';

const verify = verifier();

describe('a token that is right', () => {
  it.each(['ES256', 'RS256'] as const)('a valid token is accepted with %s', (algorithm) => {
    const { claims: said } = accepted(verify(mint(input(), signers[algorithm])));
    expect(said.subject).toBe(input().subject);
    expect(said.signingKey).toBe(signers[algorithm].kid);
  });

  it('a valid token is accepted with HS256, where the issuer has a secret', () => {
    expect(accepted(verifier({ keys: [hmac] })(mint(input(), hmac))).claims.signingKey).toBe(hmac.kid);
  });

  it('a valid token is accepted a hundred times', () => {
    const jwt = mint(input());
    for (let time = 0; time < 100; time += 1) expect(verify(jwt).allowed).toBe(true);
  });

  it('a valid token may have several audiences and no letter case in its type', () => {
    expect(reasonOf(verify(craft(header(), { ...claims(), aud: ['billing', AUDIENCE] })))).toBe('accepted');
    expect(reasonOf(verify(craft({ ...header(), typ: 'application/AT+JWT' }, claims())))).toBe('accepted');
  });
});

describe('several issuers', () => {
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const theirKey = tokenKey(keys.ES256.kid, 'ES256', other.publicKey);
  const theirSigner = { ...signers.ES256, key: other.privateKey };
  const theirs: IssuerOptions = {
    issuer: 'https://other.example',
    audience: 'us-at-theirs',
    keys: [theirKey],
    types: ['JWT', ''],
    requireJti: false,
    maxTokenSeconds: 86_400,
    ignoredHeaderMembers: ['x5t'],
  };
  const both = (changes: Partial<IssuerOptions> = {}) => {
    const ours: IssuerOptions = { issuer: ISSUER, audience: AUDIENCE, keys: [keys.ES256], accepts: 'own' };
    const verifyBoth = createTokenVerifier({ issuers: [ours, { ...theirs, ...changes }], clock: () => NOW });
    return async (text: string) => verifyBoth(text, NOW);
  };
  const foreign = { iss: theirs.issuer, aud: 'us-at-theirs', sub: 'alice', iat: now, exp: now + 80_000 };
  const head = { ...header(), typ: 'JWT', x5t: 'abc' };

  it('each of several issuers has its own keys, though both use one kid', async () => {
    expect(reasonOf(await both()(mint(input())))).toBe('accepted');
    expect(reasonOf(await both()(craft(head, foreign, theirSigner)))).toBe('accepted');
    expect(reasonOf(await both()(craft(head, foreign, signers.ES256)))).toBe('token: signature');
    expect(reasonOf(await both()(craft(header(), claims(), theirSigner)))).toBe('token: signature');
  });

  it('each of several issuers has its own rules', async () => {
    expect(reasonOf(await both()(craft(head, claims())))).toBe('token: header member');
    expect(reasonOf(await both()(craft({ ...head, x5t: undefined, typ: 'at+jwt' }, foreign, theirSigner)))).toBe(
      'token: typ',
    );
    expect(reasonOf(await both()(craft({ ...head, typ: undefined }, foreign, theirSigner)))).toBe('accepted');
    expect(reasonOf(await both()(craft(head, { ...foreign, aud: AUDIENCE }, theirSigner)))).toBe('token: aud');
    expect(reasonOf(await both()(craft(head, { ...foreign, exp: now + 86_401 }, theirSigner)))).toBe('token: lifetime');
  });

  it('another issuer grants nothing unless it may, whatever its claims say', async () => {
    const { claims: said, rights } = accepted(await both()(craft(head, { ...claims(), ...foreign }, theirSigner)));
    expect(rights.organizations).toEqual([]);
    expect(said.own).toBeUndefined();
    const azure = { ...foreign, oid: 'not ours to read', kid: 7 };
    expect(reasonOf(await both()(craft(head, azure, theirSigner)))).toBe('accepted');
  });

  it('another issuer grants what it may and no more', async () => {
    const [oid] = claims().oid as string[];
    const accepts = { permissions: ['dr.list', 'user.ctrl'], flairs: [], organizations: [oid ?? ''] };
    const { rights } = accepted(await both({ accepts })(craft(head, { ...claims(), ...foreign }, theirSigner)));
    expect(rights.in(oid ?? '')).toEqual({ permissions: ['dr.list'], flairs: [] });
    const elsewhere = { ...accepts, organizations: ['7c9e6679-7425-40de-944b-e07fc1f90ae7'] };
    expect(
      accepted(await both({ accepts: elsewhere })(craft(head, { ...claims(), ...foreign }, theirSigner))).rights
        .organizations,
    ).toEqual([]);
  });
});

describe('keys that are not known yet', () => {
  const source = (refresh: KeySource['refresh'], found: () => TokenKey | undefined): KeySource => ({
    algorithms: ['ES256'],
    find: () => found(),
    ...(refresh === undefined ? {} : { refresh }),
  });
  const make = (keySource: KeySource, clock = () => NOW) =>
    createTokenVerifier({ issuers: [{ issuer: ISSUER, audience: AUDIENCE, keys: keySource, accepts: 'own' }], clock });

  it('keys that must be fetched are awaited', async () => {
    let key: TokenKey | undefined;
    const verifyLater = make(
      source(
        async () => {
          key = keys.ES256;
        },
        () => key,
      ),
    );
    const outcome = verifyLater(mint(input()), NOW);
    expect(outcome).toBeInstanceOf(Promise);
    expect(reasonOf(await outcome)).toBe('accepted');
    expect(verifyLater(mint(input()), NOW)).not.toBeInstanceOf(Promise);
  });

  it('a token is refused when its key still is not known after the fetch', async () => {
    expect(
      reasonOf(
        await make(
          source(
            async () => undefined,
            () => undefined,
          ),
        )(mint(input()), NOW),
      ),
    ).toBe('token: unknown key');
    expect(
      reasonOf(
        await make(
          source(
            () => undefined,
            () => undefined,
          ),
        )(mint(input()), NOW),
      ),
    ).toBe('token: unknown key');
  });

  it('keys that are not known yet are a fault, never a refusal, when they cannot be had', async () => {
    const down = source(
      () => Promise.reject(new UnavailableError('key-set', new Error('down'))),
      () => undefined,
    );
    await expect(make(down)(mint(input()), NOW)).rejects.toThrow(UnavailableError);
  });

  it('keys that are not known yet do not keep a token alive that ends while they are fetched', async () => {
    let clock = NOW;
    let key: TokenKey | undefined;
    const slow = source(
      async () => {
        clock += 60_000;
        key = keys.ES256;
      },
      () => key,
    );
    expect(reasonOf(await make(slow, () => clock)(mint(input({ expiresAt: now + 60 })), NOW))).toBe('token: expired');
  });

  it('keys that are not known yet of an algorithm the issuer does not use are refused', () => {
    const mixed = source(undefined, () => hmac);
    expect(reasonOf(make(mixed)(mint(input(), hmac), NOW) as never)).toBe('token: alg');
  });
});
