import { createHash, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** Claims of a person, in addition to those that each ID token has. */
export type ForgedClaims = Readonly<Record<string, unknown>>;

interface Grant {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
  readonly claims: ForgedClaims;
}

/** An OpenID provider that says what a test wants, right or wrong. */
export interface ForgedProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Number of requests for tokens. */
  readonly asked: { count: number };
  /** Signs a person in, and gives the query of the redirect back to the service. */
  grant(authorizationUrl: string, claims: ForgedClaims): URLSearchParams;
  /** Answers every request with this status. Undefined: as it should. */
  failWith(status: number | undefined): void;
  /** Gives these claims at the userinfo endpoint. */
  userinfo: ForgedClaims | undefined;
  /** Changes the ID token before it is sent. */
  forge: (token: string) => string;
  close(): void;
}

const CLIENT = { clientId: 'console', clientSecret: 'a secret: of the client' };

export async function startForgedProvider(metadata: ForgedClaims = {}): Promise<ForgedProvider> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const codes = new Map<string, Grant>();
  let status: number | undefined;
  const server = createServer((req, res) => void answer(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const issuer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  const provider: ForgedProvider = {
    ...CLIENT,
    issuer,
    asked: { count: 0 },
    grant(url, claims) {
      const { searchParams } = new URL(url);
      const code = randomUUID();
      const get = (name: string) => searchParams.get(name) ?? '';
      codes.set(code, {
        nonce: get('nonce'),
        challenge: get('code_challenge'),
        redirectUri: get('redirect_uri'),
        claims,
      });
      return new URLSearchParams({ code, state: get('state'), iss: issuer });
    },
    failWith(given) {
      status = given;
    },
    userinfo: undefined,
    forge: (token) => token,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };

  async function answer(req: IncomingMessage, res: ServerResponse) {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk);
    if (status !== undefined) return send(res, status, { error: 'server_error' });
    if (req.url === '/.well-known/openid-configuration') return send(res, 200, description());
    if (req.url === '/jwks')
      return send(res, 200, { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'ES256' }] });
    if (req.url === '/me') return send(res, 200, { sub: 'ann', ...provider.userinfo });
    if (req.url === '/token') return redeem(req, res, new URLSearchParams(Buffer.concat(chunks).toString('utf8')));
    return send(res, 404, {});
  }

  function description(): ForgedClaims {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/me`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      authorization_response_iss_parameter_supported: true,
      ...metadata,
    };
  }

  function redeem(req: IncomingMessage, res: ServerResponse, form: URLSearchParams) {
    provider.asked.count += 1;
    const user = [CLIENT.clientId, CLIENT.clientSecret].map((text) =>
      new URLSearchParams({ '': text }).toString().slice(1),
    );
    const expected = `Basic ${Buffer.from(user.join(':')).toString('base64')}`;
    if (req.headers.authorization !== expected) return send(res, 401, { error: 'invalid_client' });
    const code = form.get('code') ?? '';
    const grant = codes.get(code);
    codes.delete(code);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (grant === undefined || grant.challenge !== challenge || grant.redirectUri !== form.get('redirect_uri')) {
      return send(res, 400, { error: 'invalid_grant' });
    }
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: issuer, aud: CLIENT.clientId, iat: now, exp: now + 300, nonce: grant.nonce, ...grant.claims };
    return send(res, 200, { access_token: 'opaque', token_type: 'Bearer', id_token: provider.forge(sign(claims)) });
  }

  function sign(claims: ForgedClaims): string {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${encode({ alg: 'ES256', kid: 'k' })}.${encode(claims)}`;
    const signature = createSign('sha256').update(text).sign({ key: privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  }

  return provider;
}

function send(res: ServerResponse, status: number, body: ForgedClaims): void {
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/json');
  res.end(JSON.stringify(body));
}
