import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { memoryStore } from '@flairgate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, runService, seed } from '../../flow/running-service.ts';

const ISSUER = 'https://token.actions.githubusercontent.com';
const METADATA = `${ISSUER}/.well-known/openid-configuration`;
const JWKS = `${ISSUER}/.well-known/jwks`;
const AUDIENCE = 'https://api.example.com';
const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const kid = 'k1';
const jwk = { ...own.publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };
const strangerJwk = { ...stranger.publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' };

const HEADER = { typ: 'JWT', alg: 'RS256', kid };
let jobs = 0;

function claims(): Readonly<Record<string, unknown>> {
  jobs += 1;
  const now = Math.floor(Date.now() / 1000);
  const about = { sub: 'repo:a/b:ref:refs/heads/main', ref: 'refs/heads/main', repository: 'a/b', repository_id: '74' };
  return { ...about, jti: `job-${jobs}`, iss: ISSUER, aud: AUDIENCE, iat: now, nbf: now - 5, exp: now + 300 };
}

const base64url = (part: unknown): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

function signed(header: unknown, payload: unknown, key: KeyObject = own.privateKey): string {
  const text = `${base64url(header)}.${base64url(payload)}`;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}

function hmac(secret: string | Buffer): string {
  const text = `${base64url({ ...HEADER, alg: 'HS256' })}.${base64url(claims())}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

const pem = own.publicKey.export({ format: 'pem', type: 'spki' }).toString();
const der = own.publicKey.export({ format: 'der', type: 'spki' });
const withClaims = (changes: object) => () => signed(HEADER, { ...claims(), ...changes });
const without = (name: string) => () =>
  signed(HEADER, Object.fromEntries(Object.entries(claims()).filter(([each]) => each !== name)));
const withHeader = (changes: object, key?: KeyObject) => () => signed({ ...HEADER, ...changes }, claims(), key);
const withText = (change: (text: string) => string) => () => signed(HEADER, change(JSON.stringify(claims())));
const changed = (change: (token: string) => string) => () => change(signed(HEADER, claims()));
const seconds = (more: number): number => Math.floor(Date.now() / 1000) + more;

/** Tokens of which none is that of a job the federation trusts. */
const forgeries: Readonly<Record<string, () => string>> = {
  'no algorithm': () => `${base64url({ ...HEADER, alg: 'none' })}.${base64url(claims())}.`,
  'no signature': changed((token) => `${token.slice(0, token.lastIndexOf('.'))}.`),
  'two parts': changed((token) => token.slice(0, token.lastIndexOf('.'))),
  'the public key as a shared secret, in PEM': () => hmac(pem),
  'the public key as a shared secret, in DER': () => hmac(der),
  'the modulus as a shared secret': () => hmac(Buffer.from(String(jwk.n), 'base64url')),
  'an empty shared secret': () => hmac(''),
  'another algorithm of the same key': withHeader({ alg: 'PS256' }),
  'a stronger digest than it has': withHeader({ alg: 'RS512' }),
  'another key': withHeader({}, stranger.privateKey),
  'its own key in the header': withHeader({ jwk: strangerJwk }, stranger.privateKey),
  'an address of its keys': withHeader({ jku: 'http://127.0.0.1:1/jwks' }, stranger.privateKey),
  'a certificate': withHeader({ x5c: ['MIIB'] }, stranger.privateKey),
  'an extension that is critical': withHeader({ crit: ['exp'], exp: 1 }),
  'a payload that is not encoded': withHeader({ b64: false, crit: ['b64'] }),
  'no kid': () => signed({ typ: 'JWT', alg: 'RS256' }, claims(), stranger.privateKey),
  'a kid of a file': withHeader({ kid: '../../etc/passwd' }, stranger.privateKey),
  'a kid that is a list': withHeader({ kid: [kid] }),
  'a kid of a prototype': withHeader({ kid: '__proto__' }),
  'another type': withHeader({ typ: 'logout+jwt' }),
  'a header that is a list': () => signed([HEADER], claims()),
  'a payload that is a list': () => signed(HEADER, [claims()]),
  'another issuer': withClaims({ iss: 'https://gitlab.com' }),
  'the issuer with a slash': withClaims({ iss: `${ISSUER}/` }),
  'the issuer in capitals': withClaims({ iss: ISSUER.toUpperCase() }),
  'a list of issuers': withClaims({ iss: [ISSUER] }),
  'another audience': withClaims({ aud: 'https://api.example.com.evil.example' }),
  'a part of the audience': withClaims({ aud: 'https://api.example' }),
  'an audience that is an object': withClaims({ aud: { 0: AUDIENCE, length: 1 } }),
  'no audience': without('aud'),
  'no expiry': without('exp'),
  'an expiry in the past': () => signed(HEADER, { ...claims(), iat: seconds(-900), exp: seconds(-1) }),
  'an expiry as text': () => signed(HEADER, { ...claims(), exp: String(seconds(300)) }),
  'an expiry in a hundred years': withClaims({ exp: 4_000_000_000 }),
  'an expiry that is no number': withText((text) => text.replace(/"exp":\d+/, '"exp":1e999')),
  'a start in the future': () => signed(HEADER, { ...claims(), nbf: seconds(600) }),
  'an issue in the future': () => signed(HEADER, { ...claims(), iat: seconds(600), exp: seconds(900) }),
  'no id': without('jti'),
  'another repository': withClaims({ repository_id: '75' }),
  'the repository as a number': withClaims({ repository_id: 74 }),
  'the repository in a list': withClaims({ repository_id: ['74'] }),
  'the repository with a space': withClaims({ repository_id: '74 ' }),
  'no repository': without('repository_id'),
  'the repository twice': withText((text) => text.replace('{', '{"repository_id":"75",')),
  'the repository twice, in another spelling': withText((text) => text.replace('{', '{"repository\\u005fid":"75",')),
  'the repository of a prototype': withText((text) =>
    text.replace('"repository_id":"74"', '"__proto__":{"repository_id":"74"}'),
  ),
  'a branch that begins like it': withClaims({ ref: 'refs/heads/main-2' }),
  padding: changed((token) => `${token}=`),
  'a space after it': changed((token) => `${token} `),
  'another last character': changed((token) => {
    const last = token.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    // The last character of a signature of 256 bytes has four bits that decode to nothing.
    return token.slice(0, -1) + alphabet[alphabet.indexOf(last) ^ 1];
  }),
  'two tokens': changed((token) => `${token}.${token}`),
  'no UTF-8': () => {
    const text = `${base64url(HEADER)}.${Buffer.from(`{"iss":"${ISSUER}\xff"}`, 'latin1').toString('base64url')}`;
    return `${text}.${sign('sha256', Buffer.from(text), own.privateKey).toString('base64url')}`;
  },
};

const documents: Readonly<Record<string, unknown>> = {
  [METADATA]: { issuer: ISSUER, jwks_uri: JWKS },
  [JWKS]: { keys: [jwk] },
};

interface Trusting {
  readonly running: RunningService;
  readonly id: string;
  readonly keyId: string;
}

/** A service with one federation, which reads these documents of the issuer. */
async function trusting(of: Readonly<Record<string, unknown>>): Promise<Trusting> {
  const fetch = async (url: string): Promise<Response> => {
    const document = of[url];
    if (document instanceof Response) return document.clone();
    return document === undefined ? new Response('', { status: 404 }) : Response.json(document);
  };
  const running = await runService(await memoryStore(), {
    federation: { fetch },
    gate: { failureLimit: { limit: 1_000_000 } },
  });
  const { oid, userKey, organizationKey } = await seed(running);
  const created = await running.send({
    method: 'POST',
    path: `/v1/orgs/${oid}/federations`,
    headers: { 'x-api-key': userKey.text, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      name: 'deploy',
      issuer: ISSUER,
      audience: AUDIENCE,
      match: ['repository_id=74', 'ref=refs/heads/main'],
      perms: ['dr.list'],
    }),
  });
  const { federation_id: id } = JSON.parse(created.text) as { readonly federation_id: string };
  return { running, id, keyId: organizationKey.keyId };
}

async function exchange({ running, id }: Trusting, token: string, more = '') {
  const fields = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: token,
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    federation_id: id,
  };
  const body = `${new URLSearchParams(fields)}${more}`;
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  const { status, text } = await running.send({ method: 'POST', path: '/oauth/token', headers, body });
  return { status, text };
}

describe('a job that forges its token', () => {
  let trust: Trusting;
  beforeAll(async () => {
    trust = await trusting(documents);
  });
  afterAll(() => trust.running.close());

  it('a job that forges its token gets the one answer for each forgery, and a true job gets a token before and after', async () => {
    expect((await exchange(trust, signed(HEADER, claims()))).status).toBe(200);
    const refused = { error: 'invalid_request', error_description: 'the token is not valid' };
    const wrong: unknown[] = [];
    for (const [what, forge] of Object.entries(forgeries)) {
      const { status, text } = await exchange(trust, forge());
      if (status !== 400 || text !== JSON.stringify(refused)) wrong.push([what, status, text]);
    }
    expect(wrong).toEqual([]);
    expect((await exchange(trust, signed(HEADER, claims()))).status).toBe(200);
  });

  it('a job that forges its token gets nothing by the id of a key, by two ids, or by another spelling of one', async () => {
    const { id, keyId } = trust;
    for (const other of [keyId, ` ${id}`, `${id}\u0000`, '', '__proto__', `${id}'--`]) {
      const { status, text } = await exchange({ ...trust, id: other }, signed(HEADER, claims()));
      expect([other, status, /access_token/.test(text)]).toEqual([other, 400, false]);
    }
    const twice = await exchange(trust, signed(HEADER, claims()), `&federation_id=${id}`);
    expect([twice.status, /access_token/.test(twice.text)]).toEqual([400, false]);
  });
});

/** Documents of an issuer that was taken over. */
const badDocuments: Readonly<
  Record<string, readonly [documents: Readonly<Record<string, unknown>>, token: () => string]>
> = {
  'a shared secret in the set': [
    { ...documents, [JWKS]: { keys: [{ kty: 'oct', kid, alg: 'HS256', k: base64url('x'.repeat(40)) }] } },
    () => hmac('x'.repeat(40)),
  ],
  'two keys with one id': [{ ...documents, [JWKS]: { keys: [jwk, strangerJwk] } }, withHeader({}, stranger.privateKey)],
  'a key that is not for signatures': [{ ...documents, [JWKS]: { keys: [{ ...jwk, use: 'enc' }] } }, withHeader({})],
  'metadata of another issuer': [
    { ...documents, [METADATA]: { issuer: 'https://evil.example', jwks_uri: JWKS } },
    withHeader({}),
  ],
  'keys at an address without TLS': [
    { ...documents, [METADATA]: { issuer: ISSUER, jwks_uri: 'http://evil.example/jwks' } },
    withHeader({}),
  ],
  'too many keys': [
    {
      ...documents,
      [JWKS]: { keys: [jwk, ...Array.from({ length: 100 }, (_, at) => ({ ...jwk, kid: `k${at + 2}` }))] },
    },
    withHeader({}),
  ],
  'too many bytes': [{ ...documents, [JWKS]: { keys: [jwk], pad: 'x'.repeat(70_000) } }, withHeader({})],
  'a set that is a list': [{ ...documents, [JWKS]: [jwk] }, withHeader({})],
  'an answer that is no JSON': [{ ...documents, [JWKS]: new Response('<html>') }, withHeader({})],
  'a redirection': [
    { ...documents, [JWKS]: new Response(JSON.stringify({ keys: [jwk] }), { status: 302 }) },
    withHeader({}),
  ],
};

it.each(Object.entries(badDocuments))('an issuer gives no token by %s', async (_what, [of, token]) => {
  const trust = await trusting(of);
  const { status, text } = await exchange(trust, token());
  expect([400, 503]).toContain(status);
  expect(text).not.toContain('access_token');
  await trust.running.close();
});
