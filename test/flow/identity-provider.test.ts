import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Authenticator, memoryStore } from '@flairgate/core';
import { createResourceRules } from '@flairgate/core/resources';
import type { Store } from '@flairgate/core/store';
import { createGate, type Gate, oidcIssuer } from '@flairgate/express';
import express from 'express';
import { exportJWK, SignJWT } from 'jose';
import Provider from 'oidc-provider';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const OID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const AUDIENCE = 'https://api.example.com';
const SECRET = 'a-secret-of-both-clients';

let server: Server;
let issuer: string;
let listener: RequestListener;
let store: Store;
let gate: Gate;
let app: express.Express;
/** Added to the clock by which keys are read again. */
let skewMs = 0;

const signingKey = (kid: string) => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }),
  kid,
  alg: 'RS256',
  use: 'sig',
});
const first = signingKey('first');
const second = signingKey('second');

/** The authorization server: the first key signs, all are published. */
function authorizationServer(keys: readonly object[]): RequestListener {
  const client = (id: string) => ({
    client_id: id,
    client_secret: SECRET,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  });
  const resource = {
    scope: 'read write',
    audience: AUDIENCE,
    accessTokenFormat: 'jwt' as const,
    accessTokenTTL: 600,
    jwt: { sign: { alg: 'RS256' as const } },
  };
  return new Provider(issuer, {
    clients: [client('job') as never, client('other') as never],
    jwks: { keys: keys as never },
    scopes: ['read', 'write'],
    ttl: { ClientCredentials: 600 },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: () => resource },
    },
  }).callback();
}

async function tokenOf(scope: string, client = 'job'): Promise<string> {
  return (await tokenAnswer(scope, client)).access_token;
}

async function tokenAnswer(scope: string, client: string, headers: Readonly<Record<string, string>> = {}) {
  const answer = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${client}:${SECRET}`).toString('base64')}`, ...headers },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: AUDIENCE, scope }),
  });
  return (await answer.json()) as { readonly access_token: string; readonly token_type: string };
}

/** A proof of possession for the token endpoint. @see RFC 9449 §4.2 */
async function tokenProof(): Promise<string> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return new SignJWT({ htm: 'POST', htu: `${issuer}/token`, jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
    .setIssuedAt()
    .sign(privateKey);
}

const get = (path: string, token: string) => request(app).get(path).set('Authorization', `Bearer ${token}`);
const statusOf = async (token: string) => (await get('/rules', token)).status;

beforeAll(async () => {
  server = createServer((req, res) => listener(req, res));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  listener = authorizationServer([first]);
  store = await memoryStore();
  const provider = oidcIssuer({
    issuer,
    audience: AUDIENCE,
    rights: [{ claim: 'scope', map: { read: 'dr.list', write: 'dr.set' } }, { organizations: [OID] }],
    accepts: { permissions: ['dr.list', 'dr.set'], organizations: [OID] },
    clock: () => Date.now() + skewMs,
  });
  gate = createGate({ store, tokens: { issuer: 'https://auth.example', audience: 'us', issuers: [provider] } });
  app = express();
  app.use(gate.authenticate());
  app.get('/rules', gate.requirePermissions('dr.list', { organization: () => OID }), (req, res) => {
    const { kind, identity, ident, organizations } = gate.authOf(req);
    res.json({ kind, identity, ident, organizations });
  });
  app.get('/write', gate.requirePermissions('dr.set', { organization: () => OID }), (_req, res) => void res.json({}));
  app.get('/user', gate.requireUser('do that'), (_req, res) => void res.json({}));
  app.use(gate.errorHandler());
});

afterAll(async () => {
  await gate.close();
  await store.close();
  server.closeAllConnections();
  server.close();
});

describe('an authorization server of the npm registry', () => {
  it('an authorization server gives callers whose permissions are those of its scopes', async () => {
    const reader = await tokenOf('read');
    const read = await get('/rules', reader);
    expect(read.body).toMatchObject({ kind: 'subject', ident: `job@${issuer}`, organizations: [OID] });
    expect((await get('/write', reader)).body).toMatchObject({ code: 'ERR_PERMISSION_MISSING', missing: ['dr.set'] });
    expect((await get('/write', await tokenOf('read write'))).status).toBe(200);
    expect((await get('/user', reader)).body).toMatchObject({ code: 'ERR_USER_REQUIRED' });
  });

  it('an authorization server gives tokens that are bound to a key, which are not accepted without a proof', async () => {
    const { access_token: bound, token_type: type } = await tokenAnswer('read', 'job', { dpop: await tokenProof() });
    expect(type).toBe('DPoP');
    expect(JSON.parse(Buffer.from(bound.split('.')[1] ?? '', 'base64url').toString())).toHaveProperty('cnf.jkt');
    const reader = await get('/rules', bound);
    expect([reader.status, reader.body.code]).toEqual([401, 'ERR_TOKEN_INVALID']);
    const asDpop = await request(app).get('/rules').set('Authorization', `DPoP ${bound}`);
    expect([asDpop.status, asDpop.body.code]).toEqual([401, 'ERR_CREDENTIAL_MISSING']);
  });

  it('an authorization server gives callers one identity for issuer and subject, by which ownership is decided', async () => {
    const rules = createResourceRules({ type: 'rule', content: ['data'] });
    const find = async (token: string) => {
      const { authenticator }: { readonly authenticator: Authenticator } = gate;
      const found = await authenticator.authenticate({ kind: 'bearer', text: token }, undefined);
      if ('code' in found) throw new Error(found.reason);
      return found;
    };
    const [one, again, other] = await Promise.all([
      find(await tokenOf('read')),
      find(await tokenOf('write')),
      find(await tokenOf('read', 'other')),
    ]);
    expect(one.identity).toBe(again.identity);
    expect(one.identity).not.toBe(other.identity);
    expect(rules.stamp(one, 'create')).toMatchObject({ created_by: again.identity });
  });

  it('an authorization server can be replaced by a new key while requests run', async () => {
    const before = await tokenOf('read');
    expect(await statusOf(before)).toBe(200);
    listener = authorizationServer([second, first]);
    skewMs += 30_000;
    const after = await Promise.all(Array.from({ length: 20 }, () => tokenOf('read')));
    const header = Buffer.from(after[0]?.split('.')[0] ?? '', 'base64url').toString();
    expect(header).toContain('"kid":"second"');
    const statuses = await Promise.all([before, ...after].map(statusOf));
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('an authorization server can be down: known keys count until they are too old, then tokens get 503', async () => {
    const known = await Promise.all(Array.from({ length: 4 }, () => tokenOf('read')));
    const [one = '', two = '', three = '', four = ''] = known;
    const up = listener;
    listener = (_req, res) => void res.writeHead(500).end();
    skewMs += 601_000;
    expect(await statusOf(one)).toBe(200);
    skewMs += 2_900_000;
    expect(await statusOf(two)).toBe(200);
    const unknown = three.replace(
      /^[^.]+/,
      Buffer.from('{"alg":"RS256","typ":"at+jwt","kid":"third"}').toString('base64url'),
    );
    expect(await statusOf(unknown)).toBe(503);
    skewMs += 600_000;
    const late = await get('/rules', three);
    expect([late.status, late.body.code]).toEqual([503, 'ERR_KEY_SET_UNAVAILABLE']);
    expect(await statusOf(one)).toBe(200);
    listener = up;
    skewMs += 30_000;
    expect(await statusOf(four)).toBe(200);
  });
});
