import { OptionError, UnavailableError } from '@flairgate/core';
import { createTokenVerifier, type Fetch, type OidcIssuerOptions, oidcIssuer } from '@flairgate/core/tokens';
import { describe, expect, it } from 'vitest';
import { reasonOf } from '../token-fixture.js';
import { entryOf, fetchFrom, openIdDocuments, pairs, signToken } from './fake-issuer.js';
import { NOW } from './provider-tokens.js';

const issuer = 'https://issuer.example/tenant';
const [metadata = '', jwks = ''] = Object.keys(openIdDocuments(issuer, []));
const oauth = 'https://issuer.example/.well-known/oauth-authorization-server/tenant';
const entry = entryOf('k', 'RS256');
const right = openIdDocuments(issuer, [entry]);
const claims = { iss: issuer, aud: 'us', sub: 'someone', jti: 'a', iat: NOW / 1000, exp: NOW / 1000 + 60 };
const token = (said: object = {}, head: object = {}) =>
  signToken('RS256', { alg: 'RS256', typ: 'at+jwt', kid: 'k', ...head }, { ...claims, ...said });

let clock = NOW;
function verifierOf(fetch: Fetch, changes: Partial<OidcIssuerOptions> = {}) {
  clock = NOW;
  const options = { issuer, audience: 'us', fetch, clock: () => clock, timeoutMs: 200, ...changes };
  const verify = createTokenVerifier({ issuers: [oidcIssuer(options)], clock: () => clock });
  return async (text: string) => verify(text, NOW);
}

describe('discovery', () => {
  it('discovery reads the metadata of OpenID, then the keys, when the first token arrives, and once', async () => {
    const requests: string[] = [];
    const verify = verifierOf(fetchFrom(right, requests));
    expect(requests).toEqual([]);
    const answers = await Promise.all([1, 2, 3].map(() => verify(token())));
    expect(answers.map(reasonOf)).toEqual(['accepted', 'accepted', 'accepted']);
    expect(requests).toEqual([metadata, jwks]);
  });

  it('discovery reads the metadata of RFC 8414 where an issuer has only that', async () => {
    const requests: string[] = [];
    const documents = { [oauth]: { issuer, jwks_uri: jwks }, [jwks]: { keys: [entry] } };
    expect(reasonOf(await verifierOf(fetchFrom(documents, requests))(token()))).toBe('accepted');
    expect(requests).toEqual([metadata, oauth, jwks]);
  });

  it('discovery is left out where the key set is named', async () => {
    const requests: string[] = [];
    const verify = verifierOf(fetchFrom(right, requests), { jwksUri: jwks });
    expect(reasonOf(await verify(token()))).toBe('accepted');
    expect(requests).toEqual([jwks]);
  });

  it('discovery fails while the issuer is down, pauses 30 seconds, and works after it', async () => {
    const requests: string[] = [];
    const documents: Record<string, unknown> = {};
    const verify = verifierOf(fetchFrom(documents, requests));
    for (let time = 0; time < 3; time += 1) await expect(verify(token())).rejects.toThrow(UnavailableError);
    expect(requests).toEqual([metadata, oauth]);
    Object.assign(documents, right);
    clock += 29_000;
    await expect(verify(token())).rejects.toThrow(UnavailableError);
    clock += 1000;
    expect(reasonOf(await verify(token()))).toBe('accepted');
  });

  it('discovery is repeated with the keys, so that both can move', async () => {
    const documents: Record<string, unknown> = { ...right };
    const verify = verifierOf(fetchFrom(documents));
    expect(reasonOf(await verify(token()))).toBe('accepted');
    documents[metadata] = { issuer, jwks_uri: `${issuer}/moved` };
    documents[`${issuer}/moved`] = { keys: [{ ...entry, kid: 'new' }] };
    clock += 30_000;
    expect(reasonOf(await verify(token({}, { kid: 'new' })))).toBe('accepted');
    expect(reasonOf(await verify(token()))).toBe('token: unknown key');
  });
});

describe('an issuer at fault', () => {
  const big = 'x'.repeat(10 * 1024 * 1024);
  const documents: readonly [string, Readonly<Record<string, unknown>>][] = [
    ['metadata of another issuer', { ...right, [metadata]: { issuer: 'https://other.example', jwks_uri: jwks } }],
    ['an issuer with a slash at the end', { ...right, [metadata]: { issuer: `${issuer}/`, jwks_uri: jwks } }],
    ['metadata of 10 MB', { ...right, [metadata]: { issuer, jwks_uri: jwks, big } }],
    ['metadata without keys', { ...right, [metadata]: { issuer } }],
    ['keys over http', { ...right, [metadata]: { issuer, jwks_uri: 'http://issuer.example/keys' } }],
    ['keys on this machine', { ...right, [metadata]: { issuer, jwks_uri: 'http://127.0.0.1/keys' } }],
    ['keys in a file', { ...right, [metadata]: { issuer, jwks_uri: 'file:///etc/passwd' } }],
    ['a redirect', { ...right, [metadata]: new Response(null, { status: 302, headers: { location: jwks } }) }],
    ['a redirect of the keys', { ...right, [jwks]: new Response(null, { status: 301, headers: { location: jwks } }) }],
    ['a set of 10,000 keys', { ...right, [jwks]: { keys: Array.from({ length: 10_000 }, () => ({})) } }],
    ['a set of 101 keys', { ...right, [jwks]: { keys: Array.from({ length: 101 }, () => ({})) } }],
    ['a private key', { ...right, [jwks]: { keys: [{ ...entry, d: 'AAAA' }] } }],
    ['HTML', { ...right, [jwks]: '<html>' }],
    ['a member twice', { ...right, [jwks]: '{"keys":[],"keys":[]}' }],
  ];
  it.each(documents)('an issuer that answers with %s is a fault, not a refusal', async (_, table) => {
    await expect(verifierOf(fetchFrom(table))(token())).rejects.toThrow(UnavailableError);
  });

  it('an issuer that never answers is a fault after the time limit', async () => {
    const silent: Fetch = (_, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    await expect(verifierOf(silent)(token())).rejects.toThrow(UnavailableError);
  });
});

describe('a token at fault', () => {
  const ec = pairs.ES256;
  const bad: readonly [string, string][] = [
    ['an algorithm that the key is not for', token({}, { alg: 'RS512' })],
    ['an algorithm of another kind of key', signToken('ES256', { alg: 'ES256', typ: 'at+jwt', kid: 'k' }, claims, ec)],
    ['HS256', token({}, { alg: 'HS256' })],
    ['none', `${token({}, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`],
    ['crit', token({}, { crit: ['exp'], exp: 1 })],
    ['a nested token', token({}, { cty: 'JWT' })],
    ['a token as payload', signToken('RS256', { alg: 'RS256', typ: 'at+jwt', kid: 'k' }, token())],
    ['a key of its own', token({}, { jwk: entry })],
    ['an address of a key', token({}, { jku: jwks })],
    ['a thumbprint that is not allowed', token({}, { x5t: 'abc' })],
    ['a member twice', duplicated()],
  ];
  it.each(bad)('a token with %s gets the one answer', async (_, text) => {
    expect(reasonOf(await verifierOf(fetchFrom(right))(text))).not.toBe('accepted');
  });

  it('a token of one issuer under the kid of another is refused, in both orders', async () => {
    const other = 'https://other.example';
    const documents = { ...right, ...openIdDocuments(other, [entryOf('k', 'ES256')]) };
    const issuers = [issuer, other].map((name) =>
      oidcIssuer({ issuer: name, audience: 'us', fetch: fetchFrom(documents), clock: () => NOW }),
    );
    const verify = createTokenVerifier({ issuers, clock: () => NOW });
    const theirs = signToken('ES256', { alg: 'ES256', typ: 'at+jwt', kid: 'k' }, { ...claims, iss: other });
    const forged = signToken('ES256', { alg: 'ES256', typ: 'at+jwt', kid: 'k' }, claims);
    const swapped = token({ iss: other });
    const answers = await Promise.all([theirs, token(), forged, swapped].map((text) => verify(text, NOW)));
    expect(answers.map(reasonOf)).toEqual(['accepted', 'accepted', 'token: unknown key', 'token: unknown key']);
  });

  it('one kid with several algorithms works when one entry is usable', async () => {
    const unusable = { ...entryOf('k', 'ES256'), use: 'enc' };
    const keys = [unusable, { ...entry, alg: 'RS512' }, entry, { kty: 'OKP', kid: 'k', crv: 'Ed448', x: 'AA' }];
    const verify = verifierOf(fetchFrom(openIdDocuments(issuer, keys)));
    expect(reasonOf(await verify(token()))).toBe('accepted');
    const twice = verifierOf(fetchFrom(openIdDocuments(issuer, [entry, entry])));
    expect(reasonOf(await twice(token()))).toBe('token: unknown key');
  });

  it.each(['RS256', 'PS256', 'ES256', 'EdDSA'] as const)('a token signed by %s is accepted', async (algorithm) => {
    const verify = verifierOf(fetchFrom(openIdDocuments(issuer, [entryOf('k', algorithm)])));
    const text = signToken(algorithm, { alg: algorithm, typ: 'at+jwt', kid: 'k' }, claims);
    expect(reasonOf(await verify(text))).toBe('accepted');
  });
});

function duplicated(): string {
  const [header = '', payload = '', signature = ''] = token().split('.');
  const text = Buffer.from(payload, 'base64url').toString().replace('{', '{"sub":"admin",');
  return [header, Buffer.from(text).toString('base64url'), signature].join('.');
}

it.each([
  { issuer: 'http://issuer.example' },
  { issuer: 'https://issuer.example/?a=b' },
  { issuer: 'https://user:pass@issuer.example' },
  { jwksUri: 'http://issuer.example/keys' },
  { fetch: undefined },
  { keySetSeconds: 0 },
  { keySetSeconds: 600, staleKeysSeconds: 599 },
  { audeince: 'x' },
  { audienceClaim: 'sub' },
  { azp: [] },
  { provider: 'entra' },
])('oidcIssuer refuses %j at start', (changes) => {
  const options = { issuer, audience: 'us', fetch: fetchFrom(right), ...changes };
  expect(() => createTokenVerifier({ issuers: [oidcIssuer(options as OidcIssuerOptions)] })).toThrow(OptionError);
});
