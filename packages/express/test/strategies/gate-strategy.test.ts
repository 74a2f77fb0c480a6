import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express, { type Express } from 'express';
import passport from 'passport';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectRefusal, raw, type Served, serve, whoami } from '../support.js';

const NAMES = ['x-api-key', 'bearer'];

describe('strategies', () => {
  let kit: TestGate;
  let key: TestKey;
  let token: string;
  let direct: Served;
  let hosted: Served;

  function host(authenticate: express.RequestHandler): Express {
    const app = express();
    app.use(authenticate);
    app.get('/', kit.gate.requirePermissions('dr.list'), whoami);
    app.use(kit.gate.errorHandler());
    return app;
  }

  function ownPassport(): passport.Authenticator {
    const own = new passport.Passport();
    own.use(kit.gate.strategies.apiKey);
    own.use(kit.gate.strategies.bearer);
    return own;
  }

  beforeAll(async () => {
    kit = await testGate({ failureLimit: { limit: 0 } });
    key = await kit.key({ permissions: ['dr.list'] });
    token = await kit.token(key);
    direct = await serve(host(kit.gate.authenticate()));
    hosted = await serve(host(ownPassport().authenticate(NAMES, { session: false })));
  });
  afterAll(async () => {
    await Promise.all([direct.close(), hosted.close()]);
    await kit.close();
  });

  it('a Passport strategy of a gate answers every credential in the same bytes as gate.authenticate', async () => {
    const ingestion = await kit.ingestionKey();
    const poor = await kit.key();
    const revoked = await kit.key();
    await kit.revoke(revoked);
    const [header, payload] = token.split('.');
    const corpus: readonly (readonly string[])[] = [
      [],
      [`x-api-key: ${key.text}`],
      [`X-API-Key:   ${key.text}  `],
      [`Authorization: Bearer ${token}`],
      [`authorization: bEARER    ${token}`],
      [`x-api-key: ${poor.text}`],
      [`x-api-key: ${revoked.text}`],
      [`x-api-key: ${ingestion.text}`],
      ['x-api-key: x'],
      ['x-api-key: \xe9\xfc'],
      ['x-api-key:'],
      [`x-api-key: ${'k'.repeat(600)}`],
      [`x-api-key: ${key.text}`, 'x-api-key: x'],
      [`x-api-key: ${key.text}`, `Authorization: Bearer ${token}`],
      ['x-api-key: x', `Authorization: Bearer ${token}`],
      [`x-api-key: ${key.text}`, 'Authorization: Basic abc'],
      ['Authorization: Bearer a', 'Authorization: Bearer b'],
      ['Authorization: Basic a', 'Authorization: Basic b'],
      ['Authorization: Basic dXNlcjpwYXNz'],
      ['Authorization: Bearer'],
      ['Authorization: Bearer '],
      ['Authorization: Bearer a b'],
      ['Authorization: Bearer a,b'],
      ['Authorization: Bearer "a"'],
      ['Authorization: Bearer \xe9'],
      [`Authorization: ${token}`],
      [`Authorization: Bearer ${header}.${payload}.AAAA`],
      [`Authorization: Bearer ${header}.${payload}.`],
      ['Authorization: Bearer null'],
      [`Authorization: Bearer ${'a'.repeat(9000)}`],
    ];
    for (const method of ['GET', 'HEAD']) {
      for (const lines of corpus) {
        const [ours, theirs] = [await raw(direct.port, lines, { method }), await raw(hosted.port, lines, { method })];
        expect(theirs, `${method} ${lines.join(' | ').slice(0, 80)}`).toEqual(ours);
      }
    }
    expect((await raw(direct.port, [`x-api-key: ${key.text}`])).status).toBe(200);
    expect((await raw(hosted.port, [`Authorization: Bearer ${token}`])).status).toBe(200);
  });

  it('strategies are asked in either order: the credential chooses, not the list', async () => {
    const app = host(ownPassport().authenticate(['bearer', 'x-api-key'], { session: false }));
    await request(app).get('/').set('x-api-key', key.text).expect(200);
    await request(app).get('/').auth(token, { type: 'bearer' }).expect(200);
    expectRefusal(await request(app).get('/').set('x-api-key', 'x'), {
      status: 401,
      code: 'ERR_KEY_INVALID',
      challenge: 'invalid_token',
    });
  });

  it('a strategy never falls through from a bad key to another strategy', async () => {
    const own = ownPassport();
    const guest = {
      name: 'guest',
      authenticate(this: passport.StrategyCreated<unknown>) {
        this.success({});
      },
    };
    own.use(guest as unknown as passport.Strategy);
    const app = host(own.authenticate([...NAMES, 'guest'], { session: false }));
    expectRefusal(await request(app).get('/').set('x-api-key', 'x'), {
      status: 401,
      code: 'ERR_KEY_INVALID',
      challenge: 'invalid_token',
    });
  });

  it('a strategy leaves a request without a credential to the next strategy if fallThrough is set', async () => {
    const own = ownPassport();
    const guest = {
      name: 'guest',
      authenticate(this: passport.StrategyCreated<unknown>) {
        this.success({ guest: true });
      },
    };
    own.use(guest as unknown as passport.Strategy);
    const options = { session: false, fallThrough: true };
    const app = express();
    app.use(own.authenticate([...NAMES, 'guest'], options));
    app.get('/', (req, res) => void res.json(req.user));
    expect((await request(app).get('/')).body).toEqual({ guest: true });
    expect((await request(app).get('/').set('x-api-key', 'x')).status).not.toBe(200);
  });

  it('a strategy answers its own bytes through failWithError too', async () => {
    const app = host(ownPassport().authenticate('bearer', { session: false, failWithError: true }));
    const answer = await request(app).get('/').set('x-api-key', key.text);
    expectRefusal(answer, { status: 401, code: 'ERR_CREDENTIAL_MISSING', challenge: null });
  });

  it('a strategy gives each request its own caller when it is handed to Passport itself', async () => {
    const app = express();
    app.use(new passport.Passport().authenticate(kit.gate.strategies.apiKey as passport.Strategy, { session: false }));
    app.get('/', (req, res) => void res.json(req.auth.keyId));
    app.use(kit.gate.errorHandler());
    const served = await serve(app);
    const keys = await Promise.all(Array.from({ length: 12 }, () => kit.key()));
    const answers = await Promise.all(keys.map(({ text }) => request(served.url).get('/').set('x-api-key', text)));
    expect(answers.map(({ body }) => body)).toEqual(keys.map(({ keyId }) => keyId));
    await served.close();
  });

  it('a strategy sets req.user as the host asked, and req.auth', async () => {
    const app = express();
    app.use(ownPassport().authenticate(NAMES, { session: false }));
    app.get('/', (req, res) => void res.json(req.user === req.auth));
    expect((await request(app).get('/').set('x-api-key', key.text)).body).toBe(true);
  });
});
