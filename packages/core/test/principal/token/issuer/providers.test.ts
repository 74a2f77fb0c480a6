import { generateKeyPairSync } from 'node:crypto';
import { createTokenVerifier, type OidcIssuerOptions, oidcIssuer } from '@flairgate/core/tokens';
import { describe, expect, it } from 'vitest';
import { accepted, reasonOf } from '../token-fixture.js';
import { entryOf, fetchFrom, openIdDocuments, signToken } from './fake-issuer.js';
import { NOW, OID, type ProviderToken, providerTokens } from './provider-tokens.js';

const accepts = { permissions: ['dr.list', 'dr.set'], organizations: [OID] };

function verifierOf(token: ProviderToken, changes: Partial<OidcIssuerOptions> = {}) {
  const { provider, issuer, audience, algorithm, keysAt, header, rights } = token;
  const key = entryOf(String(header.kid), algorithm);
  const documents = keysAt === undefined ? openIdDocuments(issuer, [key]) : { [keysAt]: { keys: [key] } };
  const entry = oidcIssuer({
    provider,
    issuer,
    audience,
    rights,
    accepts,
    fetch: fetchFrom(documents),
    clock: () => NOW,
    ...changes,
  });
  const verify = createTokenVerifier({ issuers: [entry], clock: () => NOW });
  return (text: string) => verify(text, NOW);
}

const textOf = ({ algorithm, header, claims }: ProviderToken, changes: object = {}, head: object = {}): string =>
  signToken(algorithm, { ...header, ...head }, { ...claims, ...changes });

describe.each(providerTokens)('a token of $provider', (token) => {
  const { claims, decisive, documentedAt } = token;
  const verify = verifierOf(token);

  it('a token of the provider, as documented, is allowed with its rights and the identity of issuer and sub', async () => {
    expect(documentedAt).toMatch(/^https:\/\//);
    const { rights, claims: said } = accepted(await verify(textOf(token)));
    expect(rights.organizations).toEqual([OID]);
    expect(rights.in(OID)).toEqual({ permissions: ['dr.list', 'dr.set'], flairs: [] });
    expect([said.issuer, said.subject]).toEqual([claims.iss, claims.sub]);
  });

  it('a token of the provider is refused when any one claim that decides is changed or missing', async () => {
    const others: Readonly<Record<string, unknown>> = {
      iss: `${String(claims.iss)}x`,
      sub: 7,
      iat: NOW / 1000 + 3600,
      exp: NOW / 1000 - 1,
      ...Object.fromEntries(decisive.map((name) => [name, name === 'jti' ? 7 : 'another'])),
    };
    for (const [name, value] of Object.entries(others)) {
      expect(reasonOf(await verify(textOf(token, { [name]: value }))), `${name} changed`).not.toBe('accepted');
      expect(reasonOf(await verify(textOf(token, { [name]: undefined }))), `${name} missing`).not.toBe('accepted');
    }
    expect(reasonOf(await verify(textOf(token, { nbf: NOW / 1000 + 3600 })))).toBe('token: not yet valid');
    expect(reasonOf(await verify(textOf(token, { exp: NOW / 1000 + 32 * 86_400 })))).toBe('token: lifetime');
  });

  it('a token of the provider is refused with another header, or signed by another key', async () => {
    for (const head of [{ kid: 'another' }, { typ: 'logout+jwt' }, { crit: ['exp'] }, { cty: 'JWT' }, { alg: 'none' }])
      expect(reasonOf(await verify(textOf(token, {}, head))), JSON.stringify(head)).not.toBe('accepted');
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    expect(reasonOf(await verify(signToken('ES256', token.header, claims, other)))).not.toBe('accepted');
  });

  it('a token of the provider without the claims of the table is a known caller without permissions', async () => {
    const elsewhere = verifierOf(token, { rights: [{ claim: 'no-such-claim', map: { x: 'dr.list' } }] });
    expect(accepted(await elsewhere(textOf(token))).rights.organizations).toEqual([]);
  });
});

it('an issuer that all applications of a provider share needs the key set of one of them', () => {
  const shared = {
    provider: 'workos',
    issuer: 'https://api.workos.com',
    audience: 'https://api.workos.com',
    fetch,
  } as const;
  expect(() => oidcIssuer(shared)).toThrow(/jwksUri must be/);
  const keys = oidcIssuer({ ...shared, jwksUri: 'https://api.workos.com/sso/jwks/client_1' });
  expect(keys.audienceClaim).toBe('iss');
});

it('a session of Clerk with tasks left is no signed-in user', async () => {
  const token = providerTokens.find(({ provider }) => provider === 'clerk');
  if (token === undefined) throw new Error('no token of Clerk');
  expect(reasonOf(await verifierOf(token)(textOf(token, { sts: 'pending' })))).toBe('token: sts');
});

it('a realm of Keycloak can write at+jwt, and its refresh token is none', async () => {
  const token = providerTokens.find(({ provider }) => provider === 'keycloak');
  if (token === undefined) throw new Error('no token of Keycloak');
  accepted(await verifierOf(token)(textOf(token, {}, { typ: 'at+jwt' })));
  expect(reasonOf(await verifierOf(token)(textOf(token, { typ: 'Refresh' }, { typ: 'at+jwt' })))).toBe('token: typ');
});

it('every provider that oidcIssuer knows has a documented token', () => {
  const names = providerTokens.map(({ provider }) => provider);
  expect(new Set(names).size).toBe(15);
  const issuer = { issuer: 'https://a.example', audience: 'x', fetch };
  expect(() => oidcIssuer({ ...issuer, provider: 'auth1' as never })).toThrow(/auth0/);
  for (const { provider } of providerTokens)
    expect(() => oidcIssuer({ ...issuer, issuer: 'https://a.example/x?y', provider })).toThrow(/issuer/);
});
