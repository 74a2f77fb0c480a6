import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimsOf, expectDenied } from '../support.ts';
import { ANN, type Cookies, headerOf, PUBLIC_URL, type SignInFixture, startSignInFixture } from './sign-in-fixture.ts';

const SESSION = '__Host-flairgate-session';
const SIGN_IN = '__Host-flairgate-sign-in';

let fixture: SignInFixture;
let cookies: Cookies;

beforeEach(async () => {
  fixture = await startSignInFixture();
  cookies = new Map();
});
afterEach(() => fixture.close());

/** The refusal of a redirect, as a page: its status and its code. */
function refusalOf(response: {
  readonly status: number;
  readonly text: string;
}): readonly [number, string | undefined] {
  return [response.status, /Code: (\w+)/.exec(response.text)?.[1]];
}

const INVALID = [400, 'ERR_SIGN_IN_INVALID'];
const REFUSED = [403, 'ERR_SIGN_IN_REFUSED'];

describe('a sign-in to the console with a provider', () => {
  it('a sign-in to the console with a provider asks the provider for a code, with PKCE, a state and a nonce that the page cannot read', async () => {
    const url = new URL(await fixture.start(cookies));
    expect(url.origin + url.pathname).toBe(`${fixture.provider.issuer}/authorize`);
    const { state, nonce, code_challenge: challenge, ...rest } = Object.fromEntries(url.searchParams);
    expect(rest).toEqual({
      client_id: 'console',
      redirect_uri: `${PUBLIC_URL}/console/session/callback`,
      response_type: 'code',
      scope: 'openid email',
      code_challenge_method: 'S256',
    });
    expect([state, nonce, challenge].map((text) => text?.length)).toEqual([43, 43, 43]);
    const sealed = cookies.get(SIGN_IN) ?? '';
    const readable = sealed.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
    for (const secret of [state ?? '', nonce ?? '']) expect([sealed, ...readable].join()).not.toContain(secret);
  });

  it('a sign-in to the console with a provider opens a session whose token acts as the user with all their rights', async () => {
    const page = await fixture.signIn(cookies);
    expect(page.status).toBe(200);
    expect(page.text).toContain('<script src="continue.js"></script>');
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    expect(page.headers['referrer-policy']).toBe('no-referrer');
    expect(page.headers['cache-control']).toBe('no-store');
    expect([...cookies.keys()]).toEqual([SESSION]);
    const { status, body } = await fixture.token(cookies, { oid: fixture.oid });
    expect([status, body.uid]).toEqual([200, fixture.uid]);
    const { exp, iat, knd, email, sub } = claimsOf(body.jwt);
    expect([Number(exp) - Number(iat), knd, email]).toEqual([300, 'user', 'ann@acme.example']);
    expect(sub).not.toBe(ANN.sub);
    const { http } = fixture;
    const who = await http.get('/v1/who').set('Authorization', `Bearer ${body.jwt}`).expect(200);
    expect(who.body.perms).toContain('apikey.ctrl');
    const form = { key_name: 'first', perms: 'dr.list' };
    const made = await http
      .post(`/v1/orgs/${fixture.oid}/keys`)
      .set('Authorization', `Bearer ${body.jwt}`)
      .type('form')
      .send(form);
    expect([made.status, typeof made.body.api_key]).toEqual([200, 'string']);
  });

  it('a sign-in to the console with a provider lets the user act in their own name, for example create their first key without an expiry', async () => {
    await fixture.signIn(cookies);
    const { jwt } = (await fixture.token(cookies)).body;
    const send = (name: string) =>
      fixture.http.post('/v1/user/keys').set('Authorization', `Bearer ${jwt}`).type('form').send({ key_name: name });
    expect((await send('first')).status).toBe(200);
    const listed = await fixture.http.get('/v1/user/keys').set('Authorization', `Bearer ${jwt}`).expect(200);
    const names = Object.values<{ name?: string }>(listed.body.api_keys).map(({ name }) => name);
    expect(names.sort()).toEqual(['first', 'laptop']);
  });

  it('a sign-in to the console with a provider gives a token for one organization, for all, or for none, and none for an organization of others', async () => {
    await fixture.signIn(cookies);
    const oidOf = async (fields: Readonly<Record<string, string>>) =>
      claimsOf((await fixture.token(cookies, fields)).body.jwt).oid;
    expect(await oidOf({ oid: fixture.oid.toUpperCase() })).toEqual([fixture.oid]);
    expect(Object.keys((await oidOf({})) ?? {})).toEqual([fixture.oid]);
    expect(await oidOf({ oid: '-' })).toEqual({});
    expectDenied(await fixture.token(cookies, { oid: '0f8fad5b-d9cb-469f-a165-70867728950e' }), 404, 'ERR_NOT_FOUND');
    expectDenied(await fixture.token(cookies, { org: fixture.oid }), 400, 'ERR_VALIDATION');
  });

  it('a sign-in to the console with a provider refuses the same redirect a second time, also with its cookie', async () => {
    const query = fixture.provider.grant(await fixture.start(cookies), ANN);
    const before: Cookies = new Map(cookies);
    expect((await fixture.callback(cookies, query)).status).toBe(200);
    expect(fixture.provider.asked.count).toBe(1);
    expect(refusalOf(await fixture.callback(cookies, query))).toEqual(INVALID);
    expect(refusalOf(await fixture.callback(before, query))).toEqual(INVALID);
    expect(fixture.provider.asked.count).toBe(1);
  });

  it('a sign-in to the console with a provider accepts one of several simultaneous requests with one redirect', async () => {
    const query = fixture.provider.grant(await fixture.start(cookies), ANN);
    const copies = Array.from({ length: 5 }, () => new Map(cookies));
    const statuses = (await Promise.all(copies.map((each) => fixture.callback(each, query)))).map(
      ({ status }) => status,
    );
    expect(statuses.sort()).toEqual([200, 400, 400, 400, 400]);
  });

  it('a sign-in to the console with a provider refuses a redirect without its cookie, with a wrong state, with two, and without any', async () => {
    const url = await fixture.start(cookies);
    const query = fixture.provider.grant(url, ANN);
    expect(refusalOf(await fixture.callback(new Map(), query))).toEqual(INVALID);
    const other: Cookies = new Map();
    await fixture.start(other);
    expect(refusalOf(await fixture.callback(other, query))).toEqual(INVALID);
    expect(refusalOf(await fixture.callback(cookies, `${query}&state=${query.get('state')}`))).toEqual(INVALID);
    const without = new URLSearchParams(query);
    without.delete('state');
    expect(refusalOf(await fixture.callback(cookies, without))).toEqual(INVALID);
    expect(fixture.provider.asked.count).toBe(0);
    expect((await fixture.callback(cookies, query)).status).toBe(200);
  });

  it('a sign-in to the console with a provider refuses a cookie that was changed, sent twice, or sealed for something else', async () => {
    const query = fixture.provider.grant(await fixture.start(cookies), ANN);
    const sealed = cookies.get(SIGN_IN) ?? '';
    const changed = sealed.slice(0, 20) + (sealed[20] === 'A' ? 'B' : 'A') + sealed.slice(21);
    const elsewhere = fixture.administration.store.material.seal(
      JSON.stringify([query.get('state'), 'nonce', 'verifier', Date.now() + 60_000]),
      'another-context',
    );
    for (const value of [changed, '', 'v1.', elsewhere]) {
      expect(refusalOf(await fixture.callback(new Map([[SIGN_IN, value]]), query))).toEqual(INVALID);
    }
    const twice = await fixture.http
      .get(`/console/session/callback?${query}`)
      .set('Cookie', `${SIGN_IN}=${sealed}; ${SIGN_IN}=${sealed}`)
      .set('Accept', 'text/html');
    expect(refusalOf(twice)).toEqual(INVALID);
  });

  it('a sign-in to the console with a provider refuses a sign-in that was begun more than ten minutes ago', async () => {
    const query = fixture.provider.grant(await fixture.start(cookies), ANN);
    fixture.advance(599_000);
    const early: Cookies = new Map();
    const second = fixture.provider.grant(await fixture.start(early), ANN);
    fixture.advance(1000);
    expect(refusalOf(await fixture.callback(cookies, query))).toEqual(INVALID);
    expect((await fixture.callback(early, second)).status).toBe(200);
  });

  it('of two sign-ins to the console in two tabs, only the one that was begun last completes', async () => {
    const first = fixture.provider.grant(await fixture.start(cookies), ANN);
    const second = fixture.provider.grant(await fixture.start(cookies), ANN);
    expect(refusalOf(await fixture.callback(cookies, first))).toEqual(INVALID);
    expect((await fixture.callback(cookies, second)).status).toBe(200);
    expect((await fixture.token(cookies)).status).toBe(200);
  });

  it.each([
    ['with another nonce', { nonce: 'another' }],
    ['without a nonce', { nonce: undefined }],
    ['for another client', { aud: 'another' }],
    ['that was issued to another client', { azp: 'another' }],
    ['from another issuer', { iss: 'https://evil.example' }],
    ['that has expired', { exp: 1 }],
    ['without a subject', { sub: undefined }],
  ])('a sign-in to the console with a provider refuses an ID token %s', async (_what, wrong) => {
    expect(refusalOf(await fixture.signIn(cookies, { ...ANN, ...wrong }))).toEqual(INVALID);
    expect(cookies.has(SESSION)).toBe(false);
  });

  it('a sign-in to the console with a provider refuses an ID token whose signature or algorithm is not that of the provider', async () => {
    const { provider } = fixture;
    const unsigned = Buffer.from('{"alg":"none"}').toString('base64url');
    for (const forge of [
      (token: string) => `${token.slice(0, -8)}AAAAAAAA`,
      (token: string) => `${unsigned}.${token.split('.')[1]}.`,
    ]) {
      provider.forge = forge;
      expect((await fixture.signIn(cookies)).status).toBeGreaterThanOrEqual(400);
      expect(cookies.has(SESSION)).toBe(false);
    }
  });

  it('a sign-in to the console with a provider refuses the answer of another provider, or one that does not say whose it is', async () => {
    for (const iss of ['https://evil.example', undefined]) {
      const query = fixture.provider.grant(await fixture.start(cookies), ANN);
      if (iss === undefined) query.delete('iss');
      else query.set('iss', iss);
      expect(refusalOf(await fixture.callback(cookies, query))).toEqual(INVALID);
    }
    expect(fixture.provider.asked.count).toBe(0);
  });

  it('a sign-in to the console with a provider says so if the provider does not sign the person in', async () => {
    const { searchParams } = new URL(await fixture.start(cookies));
    const state = searchParams.get('state') ?? '';
    const query = new URLSearchParams({ error: 'access_denied', state, iss: fixture.provider.issuer });
    query.set('error_description', '<script>alert(1)</script>');
    const refused = await fixture.callback(cookies, query);
    expect(refusalOf(refused)).toEqual(REFUSED);
    expect(refused.text).toContain('The identity provider did not sign you in.');
    expect(refused.text).not.toContain('alert');
  });

  it('a sign-in to the console with a provider refuses the answer of a flow that it did not request, which is no failure of the provider', async () => {
    for (const name of ['id_token', 'token', 'response']) {
      const query = fixture.provider.grant(await fixture.start(cookies), ANN);
      query.set(name, 'x');
      expect(refusalOf(await fixture.callback(cookies, query))).toEqual(INVALID);
    }
  });

  it('a sign-in to the console with a provider counts redirects that say that the provider fails, because a browser can send them by itself', async () => {
    const limited = await startSignInFixture({ gate: { failureLimit: { limit: 2 } } });
    try {
      for (const expected of ['ERR_PROVIDER_UNAVAILABLE', 'ERR_PROVIDER_UNAVAILABLE', 'ERR_RATE_LIMITED']) {
        const state = new URL(await limited.start(cookies)).searchParams.get('state') ?? '';
        const query = new URLSearchParams({ error: 'server_error', state, iss: limited.provider.issuer });
        expect(refusalOf(await limited.callback(cookies, query))[1]).toBe(expected);
      }
    } finally {
      await limited.close();
    }
  });

  it('a sign-in to the console with a provider never redirects anywhere but to the provider', async () => {
    for (const query of ['next=//evil.example', 'redirect_uri=https://evil.example', 'return_to=/%5cevil.example']) {
      const { headers } = await fixture.http.get(`/console/session/start?${query}`).expect(302);
      expect(new URL(headers.location ?? '').origin).toBe(fixture.provider.issuer);
      expect(headers.location).not.toContain('evil');
    }
    const forged = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' };
    const { headers } = await fixture.http.get('/console/session/start').set(forged).expect(302);
    expect(headers.location).not.toContain('evil');
  });

  it('a sign-in to the console with a provider answers requests that ask for no page with a problem document', async () => {
    expectDenied(await fixture.http.get('/console/session/callback?code=x&state=y'), 400, 'ERR_SIGN_IN_INVALID');
    for (const [method, path] of [
      ['post', '/start'],
      ['head', '/callback'],
      ['get', '/token'],
      ['get', ''],
    ] as const) {
      const response = await fixture.http[method](`/console/session${path}`);
      expect([response.status, response.headers.allow === undefined]).toEqual([405, false]);
    }
  });

  it('a sign-in to the console with a provider does not end a sign-in by a HEAD request', async () => {
    const query = fixture.provider.grant(await fixture.start(cookies), ANN);
    await fixture.http.head(`/console/session/callback?${query}`).set('Cookie', headerOf(cookies)).expect(405);
    expect((await fixture.callback(cookies, query)).status).toBe(200);
  });
});

describe('a provider of the console that is down', () => {
  it('a provider of the console that is down is answered with 503 at the start, and the sign-in by key goes on working', async () => {
    fixture.provider.failWith(500);
    const refused = await fixture.http.get('/console/session/start').set('Accept', 'text/html');
    expect(refusalOf(refused)).toEqual([503, 'ERR_PROVIDER_UNAVAILABLE']);
    expect(refused.headers['retry-after']).toBe('1');
    expect(refused.text).toContain('The identity provider cannot be reached right now.');
    await fixture.http.post('/jwt').type('form').send({ uid: fixture.uid, secret: fixture.key }).expect(200);
    fixture.provider.failWith(undefined);
    // A failure is remembered for a moment, so that requests without a credential do not cause one each.
    await fixture.http.get('/console/session/start').expect(503);
    fixture.advance(5000);
    expect((await fixture.signIn(cookies)).status).toBe(200);
  });

  it('a provider of the console that is down is answered with 503 at the redirect if the code cannot be exchanged', async () => {
    for (const status of [500, 429, 404]) {
      const query = fixture.provider.grant(await fixture.start(cookies), ANN);
      fixture.provider.failWith(status);
      expect(refusalOf(await fixture.callback(cookies, query))).toEqual([503, 'ERR_PROVIDER_UNAVAILABLE']);
      fixture.provider.failWith(undefined);
    }
  });

  it('a provider of the console that is down leaves open sessions alone', async () => {
    await fixture.signIn(cookies);
    fixture.provider.failWith(500);
    expect((await fixture.token(cookies)).status).toBe(200);
    expect((await fixture.signOut(cookies)).status).toBe(200);
  });
});
