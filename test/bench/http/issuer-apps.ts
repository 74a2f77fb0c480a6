import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createGate, type Gate, oidcIssuer } from '@flairgate/express';
import type { Application } from 'express';
import { audience, createBenchFixture, makeSigning, makeTokens, needed, permissions } from '../harness/fixture.js';
import { answer, path, type Served, type Variant } from './app.js';

const PROVIDER = 'https://tenant.eu.auth0.com/';
const RESOURCE = 'https://rules.example/rules';
const KID = 'a-key-of-the-provider';

/** Tokens of another issuer, and routes of a protected resource. */
export const issuerApps: readonly Variant[] = [
  { name: 'Bearer of another issuer, warm', mount: withForeignToken },
  { name: 'x-api-key, warm, protected resource', mount: (app) => withResource(app, 'key') },
  { name: 'Bearer RS256, warm, protected resource', mount: (app) => withResource(app, 'token') },
];

function serve(app: Application, gate: Gate): void {
  app.use(gate.authenticate());
  app.get(path, gate.requirePermissions(needed), (_req, res) => {
    res.json(answer);
  });
  app.use(gate.errorHandler());
}

async function withForeignToken(app: Application): Promise<Served> {
  const fixture = await createBenchFixture('memory');
  const signing = await makeSigning(fixture, 'RS256');
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: KID, alg: 'RS256', use: 'sig' }];
  const provider = oidcIssuer({
    provider: 'auth0',
    issuer: PROVIDER,
    audience,
    jwksUri: `${PROVIDER}.well-known/jwks.json`,
    fetch: async () => Response.json({ keys }),
    rights: [
      { claim: 'permissions', map: Object.fromEntries(permissions.map((name) => [name, name])) },
      { organizations: [fixture.oid] },
    ],
    accepts: { permissions, organizations: [fixture.oid] },
  });
  serve(app, createGate({ store: fixture.store, tokens: { ...signing.tokens, issuers: [provider] } }));
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: 'RS256', typ: 'JWT', kid: KID };
  const claims = { iss: PROVIDER, aud: audience, iat: now, exp: now + 3600, permissions };
  const subject = { sub: 'auth0|6553da60a54af58e29493993', jti: randomUUID() };
  const parts = [header, { ...claims, ...subject }].map((part) => Buffer.from(JSON.stringify(part)));
  const text = parts.map((part) => part.toString('base64url')).join('.');
  const token = `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  return {
    send: [{ authorization: `Bearer ${token}` }],
    refused: { authorization: `Bearer ${token.slice(0, -6)}AAAAAA` },
    remove: fixture.remove,
  };
}

async function withResource(app: Application, kind: 'key' | 'token'): Promise<Served> {
  const fixture = await createBenchFixture('memory');
  const signing = await makeSigning(fixture, 'RS256');
  const gate = createGate({ store: fixture.store, tokens: signing.tokens });
  const { metadata, challenge } = gate.protectedResource({
    resource: RESOURCE,
    authorizationServers: ['https://auth.example'],
    scopes: [needed],
  });
  app.use(metadata, challenge);
  serve(app, gate);
  const key = await fixture.key('bench');
  if (kind === 'key') {
    return { send: [{ 'x-api-key': key }], refused: { 'x-api-key': `${key}x` }, remove: fixture.remove };
  }
  const [token = ''] = await makeTokens(fixture, { ...signing, audience: RESOURCE }, key, 1);
  return {
    send: [{ authorization: `Bearer ${token}` }],
    refused: { authorization: `Bearer ${token.slice(0, -6)}AAAAAA` },
    remove: fixture.remove,
  };
}
