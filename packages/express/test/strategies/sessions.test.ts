import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express from 'express';
import session from 'express-session';
import passport from 'passport';
import { Strategy as LibraryStrategy } from 'passport-http-bearer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, serve } from '../support.js';

/** A host's own sign-in of people, which believes any name. */
class SignIn extends passport.Strategy {
  override readonly name = 'sign-in';
  override authenticate(this: passport.StrategyCreated<this>, req: express.Request): void {
    this.success({ username: req.body.username });
  }
}

/** An app of a host that signs people in by session, and programs in by the strategies of a gate. */
function hostApp({ gate }: TestGate) {
  const own = new passport.Passport();
  own.serializeUser((user, done) => done(null, user));
  own.deserializeUser<Express.User>((user, done) => done(null, user));
  own.use(new SignIn());
  own.use(gate.strategies.apiKey);
  own.use(gate.strategies.bearer);
  const app = express();
  app.use(express.urlencoded({ extended: false }));
  app.use(session({ secret: 'of the test', resave: false, saveUninitialized: false }));
  app.use(own.session());
  app.post('/sign-in', own.authenticate('sign-in'), (_req, res) => void res.json({ signedIn: true }));
  app.get('/page', (req, res) => void res.json({ user: req.user ?? null }));
  app.post('/sign-out', (req, res, next) => req.logout((error) => (error ? next(error) : res.json({ out: true }))));
  app.all('/api', own.authenticate(['x-api-key', 'bearer'], { session: false }), (req, res) => {
    res.json({ ident: gate.authOf(req).ident });
  });
  app.use(((error, _req, res, _next) => {
    res.status(error.status ?? 500).set(error.headers ?? {});
    res.json({ mine: error.expose ? error.message : 'something went wrong' });
  }) satisfies express.ErrorRequestHandler);
  return app;
}

describe('the strategies of a gate beside sessions', () => {
  let kit: TestGate;
  let key: TestKey;
  let token: string;
  let host: Served;
  beforeAll(async () => {
    kit = await testGate({ failureLimit: { limit: 0 } });
    key = await kit.key({ permissions: ['dr.list'] });
    token = await kit.token(key);
    host = await serve(hostApp(kit));
  });
  afterAll(async () => {
    await host.close();
    await kit.close();
  });

  const call = (path: string, init: RequestInit = {}) => fetch(`${host.url}${path}`, init);

  async function signIn(): Promise<string> {
    const body = new URLSearchParams({ username: 'ann', password: 'x' });
    const answer = await call('/sign-in', { method: 'POST', body });
    return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  }

  it('the strategies of a gate beside sessions are the strategy of passport-http-bearer, and one of Passport', () => {
    expect(kit.gate.strategies.bearer).toBeInstanceOf(LibraryStrategy);
    expect(kit.gate.strategies.apiKey).toBeInstanceOf(passport.Strategy);
  });

  it('the strategies of a gate leave the session of a person as it is', async () => {
    const cookie = await signIn();
    for (const headers of [{ authorization: `Bearer ${token}` }, { 'x-api-key': key.text }]) {
      const answer = await call('/api', { headers: { cookie, ...headers } });
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([200, []]);
    }
    expect(await (await call('/page', { headers: { cookie } })).json()).toEqual({ user: { username: 'ann' } });
    await call('/sign-out', { method: 'POST', headers: { cookie } });
    expect(await (await call('/page', { headers: { cookie } })).json()).toEqual({ user: null });
  });

  it('the strategies of a gate take no session for a credential, and create none', async () => {
    const cookie = await signIn();
    expect((await call('/api', { headers: { cookie } })).status).toBe(401);
    const answer = await call('/api', { headers: { 'x-api-key': key.text } });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it('the strategies of a gate take no token from the query or the body, where the library would look', async () => {
    expect((await call(`/api?access_token=${token}`)).status).toBe(401);
    const body = new URLSearchParams({ access_token: token });
    expect((await call('/api', { method: 'POST', body })).status).toBe(401);
  });

  it('the strategies of a gate let the error handler of the host answer right', async () => {
    const answer = await call('/api', { headers: { 'x-api-key': 'wrong-wrong-wrong' } });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('invalid_token');
    expect(await answer.json()).toEqual({ mine: 'unknown api key' });
  });
});
