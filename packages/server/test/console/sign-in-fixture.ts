import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@flairgate/core/internal';
import type { ServiceOptions } from '@flairgate/server';
import supertest, { type Response } from 'supertest';
import { expect } from 'vitest';
import { newOrganization, newUser, type ServiceFixture, startServiceFixture } from '../support.ts';
import { type ForgedClaims, type ForgedProvider, startForgedProvider } from './forged-provider.ts';

export const PUBLIC_URL = 'https://auth.example';

/** Claims of the user of the fixture. */
export const ANN: ForgedClaims = { sub: 'ann', email: 'ann@acme.example', email_verified: true };

/** A browser, as far as cookies go. */
export type Cookies = Map<string, string>;

/** A service whose console signs in with a provider, and a user. */
export interface SignInFixture extends ServiceFixture {
  readonly provider: ForgedProvider;
  /** Options of the service that concern the console. */
  readonly options: Required<Pick<ServiceOptions, 'console' | 'consoleFolder'>>;
  readonly oid: string;
  readonly uid: string;
  /** Key of the user. */
  readonly key: string;
  advance(ms: number): void;
  /** Begins a sign-in, and gives the address of the provider that the browser is sent to. */
  start(cookies: Cookies): Promise<string>;
  callback(cookies: Cookies, query: URLSearchParams | string): Promise<Response>;
  /** Signs a person in, from the button to the page that goes on to the console. */
  signIn(cookies: Cookies, claims?: ForgedClaims): Promise<Response>;
  token(cookies: Cookies, fields?: Readonly<Record<string, string>>): Promise<Response>;
  signOut(cookies: Cookies): Promise<Response>;
}

/** A clock that starts at the present time, because the ID tokens of the provider are judged by the machine's clock. */
function movableClock(): { readonly clock: Clock; advance(ms: number): void } {
  let ahead = 0;
  return {
    clock: { wall: () => Date.now() + ahead, monotonic: () => performance.now() + ahead },
    advance: (ms) => {
      ahead += ms;
    },
  };
}

export async function startSignInFixture(
  options: Partial<ServiceOptions> = {},
  metadata: ForgedClaims = {},
): Promise<SignInFixture> {
  const provider = await startForgedProvider(metadata);
  const { issuer, clientId, clientSecret } = provider;
  const consoleFolder = mkdtempSync(join(tmpdir(), 'flairgate-console-'));
  writeFileSync(join(consoleFolder, 'index.html'), '<!doctype html><title>console</title>');
  const consoleOptions = { publicUrl: PUBLIC_URL, oidc: { issuer, clientId, clientSecret } };
  const { clock, advance } = movableClock();
  const fixture = await startServiceFixture({
    consoleFolder,
    console: consoleOptions,
    clock,
    ...options,
  });
  const oid = await newOrganization(fixture);
  const { uid, text: key } = await newUser(fixture, [oid], { owner: true });
  const http = supertest(fixture.url);
  const start = async (cookies: Cookies) => {
    const response = await http.get('/console/session/start').set('Cookie', headerOf(cookies)).expect(302);
    keepCookies(cookies, response);
    return response.headers.location ?? '';
  };
  const callback = async (cookies: Cookies, query: URLSearchParams | string) => {
    const response = await http
      .get(`/console/session/callback?${query}`)
      .set('Cookie', headerOf(cookies))
      .set('Accept', 'text/html');
    keepCookies(cookies, response);
    return response;
  };
  return {
    ...fixture,
    provider,
    options: { consoleFolder, console: consoleOptions },
    oid,
    uid,
    key,
    advance,
    start,
    callback,
    signIn: async (cookies, claims = ANN) => callback(cookies, provider.grant(await start(cookies), claims)),
    async token(cookies, fields = {}) {
      const response = await http
        .post('/console/session/token')
        .set('Cookie', headerOf(cookies))
        .set('Origin', PUBLIC_URL)
        .send(fields);
      keepCookies(cookies, response);
      return response;
    },
    async signOut(cookies) {
      const response = await http.delete('/console/session').set('Cookie', headerOf(cookies)).set('Origin', PUBLIC_URL);
      keepCookies(cookies, response);
      return response;
    },
    async close() {
      provider.close();
      await fixture.close();
      rmSync(consoleFolder, { recursive: true });
    },
  };
}

export function headerOf(cookies: Cookies): string {
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
}

/** Stores the cookies of an answer, and checks the attributes that each must have. */
function keepCookies(cookies: Cookies, response: Response): void {
  const lines: unknown = response.headers['set-cookie'] ?? [];
  for (const line of Array.isArray(lines) ? lines : []) {
    const [, name = '', value = '', attributes = ''] = /^([^=]+)=([^;]*)(.*)$/.exec(String(line)) ?? [];
    const sameSite = name === '__Host-flairgate-session' ? 'Strict' : 'Lax';
    expect(attributes).toMatch(new RegExp(`^; Max-Age=\\d+; Path=/; Secure; HttpOnly; SameSite=${sameSite}$`));
    if (/; Max-Age=0;/.test(attributes)) cookies.delete(name);
    else cookies.set(name, value);
  }
}
