import {
  activateUser,
  createUser,
  deactivateUser,
  deleteUser,
  joinUser,
  removeUser,
  revokeTokens,
  unlinkSubject,
} from '@flairgate/core/administration';
import { createService, serviceApp } from '@flairgate/server';
import supertest from 'supertest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { done, expectDenied, operator } from '../support.ts';
import { ANN, type Cookies, headerOf, PUBLIC_URL, type SignInFixture, startSignInFixture } from './sign-in-fixture.ts';

const SESSION = '__Host-flairgate-session';
const HOUR_MS = 3_600_000;

let fixture: SignInFixture;
let cookies: Cookies;

beforeEach(async () => {
  fixture = await startSignInFixture();
  cookies = new Map();
});
afterEach(() => fixture.close());

const who = (jwt: string) => fixture.http.get('/v1/who').set('Authorization', `Bearer ${jwt}`);
const expectEnded = async (of = cookies) => expectDenied(await fixture.token(of), 401, 'ERR_SESSION_ENDED');
const rows = <T extends 'session' | 'linkedSubject'>(table: T) =>
  fixture.administration.store.read((tx) => tx.find(table, {}));
const actions = async () =>
  (await fixture.administration.store.read((tx) => tx.find('audit', {}))).map(({ action }) => action);

describe('who may sign in to the console', () => {
  it('a sign-in to the console links a subject to the user with its verified address once, and knows it afterwards', async () => {
    expect((await fixture.signIn(cookies, { ...ANN, email: 'Ann@ACME.example' })).status).toBe(200);
    const [link] = await rows('linkedSubject');
    expect(link).toMatchObject({ issuer: fixture.provider.issuer, subject: 'ann', uid: fixture.uid });
    expect(
      (await fixture.signIn(cookies, { sub: 'ann', email: 'other@acme.example', email_verified: false })).status,
    ).toBe(200);
    expect(await rows('linkedSubject')).toEqual([link]);
    const audited = await actions();
    expect(audited.filter((action) => action === 'user.link')).toHaveLength(1);
    expect(audited.filter((action) => action === 'session.open')).toHaveLength(2);
  });

  it('a sign-in to the console reads from the userinfo endpoint whether an address is verified, and then the address too', async () => {
    const email = 'ann@acme.example';
    fixture.provider.userinfo = { sub: 'ann', email: 'eve@acme.example', email_verified: true };
    expect((await fixture.signIn(cookies, { sub: 'ann', email })).status).toBe(403);
    fixture.provider.userinfo = { sub: 'ann', email_verified: true };
    expect((await fixture.signIn(cookies, { sub: 'ann', email })).status).toBe(403);
    fixture.provider.userinfo = ANN;
    expect((await fixture.signIn(cookies, { sub: 'ann', email })).status).toBe(200);
  });

  it('a sign-in to the console reads the address from the userinfo endpoint if the ID token has none', async () => {
    fixture.provider.userinfo = ANN;
    expect((await fixture.signIn(cookies, { sub: 'ann' })).status).toBe(200);
    fixture.provider.userinfo = { ...ANN, sub: 'another' };
    expect((await fixture.signIn(new Map(), { sub: 'ann' })).status).toBe(400);
  });

  it.each([
    ['whose address is not verified', { sub: 'x', email: 'ann@acme.example', email_verified: false }],
    ['whose address is verified in words only', { sub: 'x', email: 'ann@acme.example', email_verified: 'true' }],
    ['whose provider does not say whether', { sub: 'x', email: 'ann@acme.example' }],
    ['without an address', { sub: 'x', email_verified: true }],
    ['who is no user', { sub: 'x', email: 'eve@acme.example', email_verified: true }],
    [
      'whose address only looks the same after folding',
      { sub: 'x', email: 'ann@acme.e\u212aample', email_verified: true },
    ],
    ['whose subject is empty', { ...ANN, sub: '' }],
    ['whose subject cannot be stored', { ...ANN, sub: 'ann\0' }],
    ['whose subject is half a character', { ...ANN, sub: '\ud800' }],
    ['whose subject is longer than a subject can be', { ...ANN, sub: 'a'.repeat(256) }],
    ['whose address is a uid', { sub: 'x', email: '0f8fad5b-d9cb-469f-a165-70867728950e', email_verified: true }],
  ])('a sign-in to the console refuses a person %s', async (_who, claims) => {
    await done(createUser(fixture.administration, operator, { email: 'ann@acme.ekample' }));
    fixture.provider.userinfo = { sub: 'x' };
    const refused = await fixture.signIn(cookies, claims);
    expect([refused.status, /Code: (\w+)/.exec(refused.text)?.[1]]).toEqual([403, 'ERR_SIGN_IN_REFUSED']);
    expect(await rows('linkedSubject')).toEqual([]);
    expect(await rows('session')).toEqual([]);
  });

  it('a sign-in to the console refuses a second subject of a user, and records it in the audit of the organization', async () => {
    await fixture.signIn(cookies);
    const refused = await fixture.signIn(new Map(), { ...ANN, sub: 'another' });
    expect(refused.status).toBe(403);
    expect(await rows('linkedSubject')).toHaveLength(1);
    const noted = await fixture.refusals();
    expect(noted).toMatchObject([{ oid: fixture.oid, actorName: 'ann@acme.example' }]);
    expect(JSON.stringify(noted)).toContain('ERR_SIGN_IN_REFUSED');
  });

  it('a sign-in to the console tells all who may not sign in the same', async () => {
    const stranger = await fixture.signIn(new Map(), { sub: 'x', email: 'eve@acme.example', email_verified: true });
    await fixture.signIn(cookies);
    const second = await fixture.signIn(new Map(), { ...ANN, sub: 'another' });
    const unverified = await fixture.signIn(new Map(), { sub: 'y', email: 'ann@acme.example', email_verified: false });
    expect([second.text, unverified.text]).toEqual([stranger.text, stranger.text]);
  });

  it('a sign-in to the console links another subject once the operator has removed the link, which ends the sessions', async () => {
    await fixture.signIn(cookies);
    await done(unlinkSubject(fixture.administration, operator, { uid: fixture.uid }));
    await expectEnded();
    expect((await fixture.signIn(cookies, { ...ANN, sub: 'another' })).status).toBe(200);
  });
});

describe('the end of a session of the console', () => {
  it('a session of the console ends by log-out, and its token too', async () => {
    await fixture.signIn(cookies);
    const copy: Cookies = new Map(cookies);
    const { jwt } = (await fixture.token(cookies)).body;
    await who(jwt).expect(200);
    expect((await fixture.signOut(cookies)).body).toEqual({ success: true });
    expect(cookies.size).toBe(0);
    await expectEnded(copy);
    expectDenied(await who(jwt), 401, 'ERR_TOKEN_INVALID');
    expect((await fixture.signOut(copy)).status).toBe(200);
    expect(await actions()).toContain('session.end');
  });

  it('a session of the console ends after eight hours, and its last token with it', async () => {
    await fixture.signIn(cookies);
    fixture.advance(8 * HOUR_MS - 60_000);
    const { status, body } = await fixture.token(cookies);
    expect(status).toBe(200);
    fixture.advance(60_000);
    await expectEnded();
    expectDenied(await who(body.jwt), 401, 'ERR_TOKEN_INVALID');
  });

  it('a session of the console ends with the deactivation of the user, for good', async () => {
    await fixture.signIn(cookies);
    const { jwt } = (await fixture.token(cookies)).body;
    const { administration, uid } = fixture;
    await done(deactivateUser(administration, operator, { uid }));
    await expectEnded();
    expectDenied(await who(jwt), 401, 'ERR_TOKEN_INVALID');
    expect((await fixture.signIn(new Map())).status).toBe(403);
    await done(activateUser(administration, operator, { uid }));
    await expectEnded();
    expect((await fixture.signIn(cookies)).status).toBe(200);
  });

  it('a session of the console ends with the deletion of the user, and a user of the same address is another one', async () => {
    await fixture.signIn(cookies);
    await done(deleteUser(fixture.administration, operator, { uid: fixture.uid }));
    await expectEnded();
    expect([await rows('session'), await rows('linkedSubject')]).toEqual([[], []]);
    const { uid } = await done(createUser(fixture.administration, operator, { email: 'ann@acme.example' }));
    await fixture.signIn(cookies);
    expect((await fixture.token(cookies)).body.uid).toBe(uid);
  });

  it('a session of the console ends with the revocation of all tokens of an organization of the user', async () => {
    await fixture.signIn(cookies);
    await done(revokeTokens(fixture.administration, operator, { oid: fixture.oid }));
    await expectEnded();
    await fixture.signIn(cookies);
    expect((await fixture.token(cookies)).status).toBe(200);
  });

  it('a session of the console does not end with a membership, which the next token lacks', async () => {
    await fixture.signIn(cookies);
    const { administration, oid, uid } = fixture;
    await fixture.token(cookies, { oid });
    const other = await done(createUser(administration, operator, { email: 'bob@acme.example' }));
    await done(joinUser(administration, operator, { uid: other.uid, oid, permissions: [], role: 'owner' }));
    await done(removeUser(administration, operator, { oid, email: 'ann@acme.example' }));
    expectDenied(await fixture.token(cookies, { oid }), 404, 'ERR_NOT_FOUND');
    expect((await fixture.token(cookies)).body.uid).toBe(uid);
  });

  it('the oldest of more than ten sessions of the console ends, and expired ones are removed', async () => {
    const all: Cookies[] = [];
    for (let at = 0; at < 11; at++) {
      const each: Cookies = new Map();
      all.push(each);
      await fixture.signIn(each);
      fixture.advance(1000);
    }
    await expectEnded(all[0]);
    for (const each of all.slice(1)) expect((await fixture.token(each)).status).toBe(200);
    expect(await rows('session')).toHaveLength(10);
    fixture.advance(8 * HOUR_MS);
    await fixture.signIn(cookies);
    expect(await rows('session')).toHaveLength(1);
  });

  it('a session of the console survives a restart, and every process knows it and its log-out', async () => {
    await fixture.signIn(cookies);
    const { store } = fixture.administration;
    const { consoleFolder, console } = fixture.options;
    const second = await createService({ issuer: PUBLIC_URL, audience: 'flairgate', consoleFolder, console, store });
    const http = supertest(serviceApp(second));
    const asked = { Cookie: headerOf(cookies), Origin: PUBLIC_URL };
    const { jwt } = (await http.post('/console/session/token').set(asked).expect(200)).body;
    await who(jwt).expect(200);
    await http.delete('/console/session').set(asked).expect(200);
    await expectEnded();
    await fixture.service.gate.authenticator.revision.sync();
    expectDenied(await who(jwt), 401, 'ERR_TOKEN_INVALID');
    await second.close();
  });
});

describe('the cookie of the session', () => {
  it.each([
    ['none', {}],
    ['another', { Origin: 'https://evil.example' }],
    ['another scheme', { Origin: 'http://auth.example' }],
    ['another port', { Origin: 'https://auth.example:8443' }],
    ['a subdomain', { Origin: 'https://x.auth.example' }],
    ['null', { Origin: 'null' }],
    ['two', { Origin: `${PUBLIC_URL}, ${PUBLIC_URL}` }],
    ['a path', { Origin: `${PUBLIC_URL}/` }],
  ])('the cookie of the session is not read for a request whose origin is %s', async (_which, headers) => {
    await fixture.signIn(cookies);
    const { http } = fixture;
    const cookie = headerOf(cookies);
    const sent = { Cookie: cookie, Referer: `${PUBLIC_URL}/console/`, ...headers };
    expectDenied(await http.post('/console/session/token').set(sent), 403, 'ERR_ORIGIN');
    expectDenied(await http.delete('/console/session').set(sent), 403, 'ERR_ORIGIN');
    expect((await fixture.token(cookies)).status).toBe(200);
  });

  it('the cookie of the session is refused if it is not one session, whatever it looks like', async () => {
    await fixture.signIn(cookies);
    const text = cookies.get(SESSION) ?? '';
    const keyText = fixture.key;
    for (const value of [`${text}A`, text.slice(1), keyText, '', `${text}; ${SESSION}=${text}`, "' or 1=1 --"]) {
      await expectEnded(new Map([[SESSION, value]]));
    }
  });

  it('the cookie of the session is no key: neither its text nor what is stored of it opens a route', async () => {
    await fixture.signIn(cookies);
    const text = cookies.get(SESSION) ?? '';
    const [session] = await rows('session');
    for (const secret of [text, `console-session:${text}`, session?.tag ?? '', session?.sessionId ?? '']) {
      const direct = await fixture.http.get('/v1/who').set('x-api-key', secret);
      expect(direct.status).toBe(401);
      const exchanged = await fixture.http.post('/jwt').type('form').send({ uid: fixture.uid, secret });
      expect(exchanged.status).toBe(401);
    }
    const stored = JSON.stringify(await fixture.administration.store.read((tx) => tx.find('session', {})));
    expect(stored).not.toContain(text);
  });

  it('the cookie of the session is read by no route of the table', async () => {
    await fixture.signIn(cookies);
    const { service, http, oid } = fixture;
    const ways = service.routes.filter(({ path }) => path !== '/readyz');
    expect(ways.length).toBeGreaterThan(60);
    for (const { method, path } of ways) {
      const url = path.replace(':oid', oid).replaceAll(/:\w+/g, 'x');
      const ask = (headers: Readonly<Record<string, string>>) =>
        http[method.toLowerCase() as 'get'](url).set({ Origin: PUBLIC_URL, ...headers });
      const [plain, withCookie] = [await ask({}), await ask({ Cookie: headerOf(cookies) })];
      expect([method, path, withCookie.status, withCookie.text]).toEqual([method, path, plain.status, plain.text]);
    }
  });
});

describe('a service whose console has no provider', () => {
  it('a service whose console has no provider has no session, and says what the page offers', async () => {
    const plain = await startSignInFixture({ console: {} });
    expect((await plain.http.get('/console/session/options').expect(200)).body).toEqual({ key: true });
    for (const path of ['start', 'callback', 'token']) await plain.http.get(`/console/session/${path}`).expect(404);
    expectDenied(await plain.token(cookies), 404, 'ERR_NOT_FOUND');
    await plain.close();
    const { issuer, clientId } = fixture.provider;
    const only = await startSignInFixture({
      console: { publicUrl: PUBLIC_URL, keySignIn: false, oidc: { issuer, clientId, label: 'Acme' } },
    });
    const { body } = await only.http.get('/console/session/options').expect(200);
    expect(body).toEqual({ key: false, oidc: { label: 'Acme' } });
    await only.close();
  });
});
