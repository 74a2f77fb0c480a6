import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const ISSUER = 'https://token.actions.githubusercontent.com';
const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const kid = 'a-key-of-the-issuer';
const keySet = { keys: [{ ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' }] };
const documents: Readonly<Record<string, unknown>> = {
  [`${ISSUER}/.well-known/openid-configuration`]: { issuer: ISSUER, jwks_uri: `${ISSUER}/.well-known/jwks` },
  [`${ISSUER}/.well-known/jwks`]: keySet,
};

/** GitHub's issuer of tokens for jobs, as far as a gateway sees it. */
export interface FakeGithub {
  readonly issuer: string;
  readonly fetch: (url: string) => Promise<Response>;
  /** Makes it unreachable, or reachable again. */
  setDown(isDown: boolean): void;
  /** Issues the token of a job. Claims that are given replace the usual ones. */
  token(claims?: object): string;
}

export function fakeGithub(): FakeGithub {
  let isDown = false;
  let jobs = 0;
  return {
    issuer: ISSUER,
    async fetch(url) {
      if (isDown) throw new Error('unreachable');
      const document = documents[url];
      return document === undefined ? new Response('', { status: 404 }) : Response.json(document);
    },
    setDown(value) {
      isDown = value;
    },
    token(claims = {}) {
      jobs += 1;
      const now = Math.floor(Date.now() / 1000);
      const usual = {
        jti: `job-${jobs}`,
        sub: 'repo:octo-org/octo-repo:ref:refs/heads/main',
        aud: 'https://api.example.com',
        ref: 'refs/heads/main',
        repository: 'octo-org/octo-repo',
        repository_id: '74',
        repository_owner_id: '65',
        iss: ISSUER,
        nbf: now - 600,
        iat: now,
        exp: now + 300,
      };
      const header = { typ: 'JWT', alg: 'RS256', x5t: 'thumbprint', kid };
      const parts = [header, { ...usual, ...claims }].map((part) => Buffer.from(JSON.stringify(part)));
      const text = parts.map((part) => part.toString('base64url')).join('.');
      return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
    },
  };
}

/** A server of the key set, for gateways in processes of their own. */
export interface KeySetServer {
  readonly url: string;
  close(): void;
}

/** Serves the key set of the issuer on this machine. */
export async function serveKeySet(): Promise<KeySetServer> {
  const server = createServer((_req, res) => {
    res.setHeader('Content-Type', 'application/json');
    res.end(JSON.stringify(keySet));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
