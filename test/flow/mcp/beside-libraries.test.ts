import { randomBytes } from 'node:crypto';
import { memoryStore } from '@flairgate/core';
import { createKey, createOrganization } from '@flairgate/core/administration';
import { createService, type Service } from '@flairgate/server';
import express, { type Express, type RequestHandler } from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typeErrors } from '../../docs/type-check.ts';
import { done, operator } from '../running-service.ts';

const ISSUER = 'https://auth.example';
const AUDIENCE = 'flairgate';
const SECRET = randomBytes(48).toString('base64url');

/** A library that writes `req.auth`: its middleware, a value of its own in it, and a program that uses its type. */
interface Library {
  readonly name: string;
  middleware(): Promise<RequestHandler>;
  /** Returns what the library calls the caller. */
  read(auth: unknown): unknown;
  readonly uses: string;
}

/** Loads a module without its types: they change those of every request in this program. */
const load = (name: string) => import(name);

const verifier = {
  verifyAccessToken: async (token: string) => ({
    token,
    clientId: 'theirs',
    scopes: [],
    expiresAt: Math.floor(Date.now() / 1000) + 60,
  }),
};
const clientIdOf = (auth: unknown) => Reflect.get(Object(auth), 'clientId');

const libraries: readonly Library[] = [
  {
    name: '@modelcontextprotocol/express',
    middleware: async () => (await load('@modelcontextprotocol/express')).requireBearerAuth({ verifier }),
    read: clientIdOf,
    uses: `import { requireBearerAuth } from '@modelcontextprotocol/express';
      app.use(requireBearerAuth({ verifier: { verifyAccessToken: async (token) => ({ token, clientId: '', scopes: [] }) } }));
      app.get('/', (req, res) => { const theirs: string | undefined = req.auth?.clientId; res.json({ theirs, ours: gate.authOf(req).identity }); });
      app.get('/info', (req, res) => { req.auth = gate.mcpAuthInfo(req); res.json(req.auth); });`,
  },
  {
    name: '@modelcontextprotocol/sdk',
    middleware: async () =>
      (await load('@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js')).requireBearerAuth({ verifier }),
    read: clientIdOf,
    uses: `import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
      app.use(requireBearerAuth({ verifier: { verifyAccessToken: async (token) => ({ token, clientId: '', scopes: [] }) } }));
      app.get('/', (req, res) => { const theirs: string | undefined = req.auth?.clientId; res.json({ theirs, ours: gate.authOf(req).identity }); });
      app.get('/info', (req, res) => { req.auth = gate.mcpAuthInfo(req); res.json(req.auth); });`,
  },
  {
    name: 'express-oauth2-jwt-bearer',
    middleware: async () => {
      const { auth } = await load('express-oauth2-jwt-bearer');
      return auth({ issuer: ISSUER, audience: AUDIENCE, secret: SECRET, tokenSigningAlg: 'HS256' });
    },
    read: (auth) => Reflect.get(Object(auth), 'payload')?.aud,
    uses: `import { auth } from 'express-oauth2-jwt-bearer';
      app.use(auth({ issuerBaseURL: 'https://a.example', audience: 'a' }));
      app.get('/', (req, res) => { const theirs: string | undefined = req.auth?.payload.sub; res.json({ theirs, ours: gate.authOf(req).identity }); });`,
  },
  {
    name: 'express-jwt',
    middleware: async () => (await load('express-jwt')).expressjwt({ secret: SECRET, algorithms: ['HS256'] }),
    read: (auth) => Reflect.get(Object(auth), 'aud'),
    uses: `import { expressjwt, type Request as JwtRequest } from 'express-jwt';
      app.use(expressjwt({ secret: 'a', algorithms: ['HS256'] }));
      app.get('/', (req: JwtRequest, res) => { const theirs: string | undefined = req.auth?.sub; res.json({ theirs, ours: gate.authOf(req).identity }); });`,
  },
];

describe('next to a library that writes req.auth', () => {
  let service: Service;
  let token: string;

  beforeAll(async () => {
    const store = await memoryStore();
    service = await createService({
      store,
      issuer: ISSUER,
      audience: AUDIENCE,
      tokenSecret: SECRET,
      gate: { property: 'caller' },
    });
    const { administration } = service.context;
    const { oid } = await done(createOrganization(administration, operator, { name: 'acme' }));
    const owner = { kind: 'organization', oid } as const;
    const key = await done(createKey(administration, operator, { owner, name: 'caller', permissions: ['dr.list'] }));
    const app = express().use(service.router);
    token = (await request(app).post('/jwt').type('form').send({ oid, secret: key.text }).expect(200)).body.jwt;
  });
  afterAll(() => service.close());

  function appWith(library: Library, ...middleware: RequestHandler[]): Express {
    const app = express();
    app.use(...middleware);
    app.get('/', service.gate.requirePermissions('dr.list'), (req, res) => {
      const { identity } = service.gate.authOf(req);
      res.json({
        theirs: library.read(Reflect.get(req, 'auth')),
        ours: identity,
        shown: Reflect.get(req, 'caller')?.identity,
        info: service.gate.mcpAuthInfo(req).extra.identity,
      });
    });
    app.use(service.gate.errorHandler());
    return app;
  }

  it.each(libraries)('the gate and $name each find their own caller at run time, in either order', async (library) => {
    const theirs = await library.middleware();
    for (const middleware of [
      [theirs, service.gate.authenticate()],
      [service.gate.authenticate(), theirs],
    ]) {
      const answer = await request(appWith(library, ...middleware))
        .get('/')
        .auth(token, { type: 'bearer' });
      expect(answer.status, answer.text).toBe(200);
      const { ours } = answer.body;
      const expected = library.name.startsWith('@modelcontextprotocol') ? 'theirs' : AUDIENCE;
      expect(answer.body).toEqual({ theirs: expected, ours: expect.any(String), shown: ours, info: ours });
    }
  });

  it.each(libraries)('a program with $name compiles without skipLibCheck', ({ name, uses }) => {
    const source = `import { createGate } from '@flairgate/express';
      import { memoryStore } from '@flairgate/core';
      import express from 'express';
      const gate = createGate({ store: await memoryStore(), property: 'caller' });
      const app = express();
      ${uses}
      app.use(gate.authenticate(), gate.errorHandler());`;
    expect(
      typeErrors(`beside-${name.replaceAll(/\W/g, '-')}`, [{ name: 'program.ts', source }], { skipLibCheck: false }),
    ).toBe('');
  });

  it('a program with the entry req-auth of this package compiles without skipLibCheck', () => {
    const source = `import '@flairgate/express/req-auth';
      import express from 'express';
      express().get('/', (req, res) => { const identity: string = req.auth.identity; res.json({ identity }); });`;
    expect(typeErrors('beside-req-auth', [{ name: 'program.ts', source }], { skipLibCheck: false })).toBe('');
  });
});
