import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { Provider } from 'oidc-provider';

/** An OpenID provider on a site of its own, which signs in whomever a test names. */
export interface RunningProvider {
  readonly issuer: string;
  /** Account that is signed in next. Its id is the `sub`. */
  account: { readonly sub: string; readonly email: string };
  stop(): void;
  start(): Promise<void>;
}

export const CLIENT = { clientId: 'flairgate-console', clientSecret: randomBytes(24).toString('base64url') };

/** Starts the provider, with one client that comes back to `redirectUri`. */
export async function runProvider(port: number, redirectUri: string): Promise<RunningProvider> {
  const issuer = `http://127.0.0.1:${port}`;
  const accounts = new Map<string, string>();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: 'first', alg: 'ES256', use: 'sig' }] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, email: accounts.get(id) ?? '', email_verified: true }),
    }),
    async loadExistingGrant({ oidc }) {
      const { client, session } = oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid email');
      await grant.save();
      return grant;
    },
  });
  const answer = provider.callback();
  let server: Server | undefined;
  const running: RunningProvider = {
    issuer,
    account: { sub: '', email: '' },
    stop() {
      server?.closeAllConnections();
      server?.close();
    },
    async start() {
      server = createServer(async (req, res) => {
        if (!req.url?.startsWith('/interaction/')) return answer(req, res);
        const { sub, email } = running.account;
        accounts.set(sub, email);
        await provider.interactionFinished(req, res, { login: { accountId: sub, remember: false } });
      }).listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
  await running.start();
  return running;
}
