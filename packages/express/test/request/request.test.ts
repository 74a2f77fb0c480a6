import '@flairgate/express/req-auth';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { type TestGate, type TestKey, testGate } from '@flairgate/express/testing';
import express, { type RequestHandler } from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const express4: typeof express = createRequire(import.meta.url)('express4');

/** True if two concurrent requests, and their responses, have the same hidden classes in V8. */
async function areTwoAlike(app: express.Express, authenticate: RequestHandler, key: string): Promise<unknown> {
  const held: { readonly req: object; readonly res: express.Response }[] = [];
  let verdict: unknown;
  app.use(authenticate, (req, res) => {
    held.push({ req, res });
    const [one, other] = held;
    if (one === undefined || other === undefined) return;
    verdict = [areAlike(one.req, other.req), areAlike(one.res, other.res)];
    for (const { res } of held.splice(0)) res.end();
  });
  const server = app.listen(0, '127.0.0.1');
  const ask = () => request(server).get('/').set('x-api-key', key).expect(200);
  // What V8 sees for the first time it may take for something new.
  for (const _ of [1, 2, 3]) await Promise.all([ask(), ask()]);
  server.close();
  return verdict;
}

/** True if two objects have the same hidden class in V8. */
function areAlike(one: object, other: object): unknown {
  setFlagsFromString('--allow-natives-syntax');
  return Function('one', 'other', 'return %HaveSameMap(one, other)')(one, other);
}

function attributes(object: object, name: PropertyKey) {
  const { writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(object, name) ?? {};
  return { writable, enumerable, configurable };
}

type Outline = readonly (readonly [name: PropertyKey, attributes: object])[];

/** Own properties in their order, with their attributes. */
function outlineOf(object: object): Outline {
  return Reflect.ownKeys(object).map((name) => [name, attributes(object, name)]);
}

/** The same with one more, behind all whose names are texts, and with what the gate keeps for itself behind everything. */
function withAuth(outline: Outline): Outline {
  const isText = ([name]: Outline[number]) => typeof name === 'string';
  const added = { writable: true, enumerable: true, configurable: true };
  const symbols = outline.filter((each) => !isText(each));
  return [...outline.filter(isText), ['auth', added], ...symbols, [expect.any(Symbol), added]];
}

describe('req.auth', () => {
  let kit: TestGate;
  let key: TestKey;

  beforeAll(async () => {
    kit = await testGate();
    key = await kit.key({ name: 'caller' });
  });
  afterAll(() => kit.close());

  const makers = { express, express4 };

  describe.each(Object.entries(makers))('on requests of %s', (_name, make) => {
    const tell: RequestHandler = (req, res) =>
      void res.json({ kind: req.auth?.kind, maybe: kit.gate.maybeAuth(req)?.kind });
    const KEY = { kind: 'organization-key', maybe: 'organization-key' };

    it('req.auth stays when a request leaves the mounted app that asked who is calling', async () => {
      const [outer, inner] = [make(), make()];
      inner.use(kit.gate.authenticate());
      outer.use('/inner', inner);
      outer.use(tell);
      await request(outer).get('/inner/on').set('x-api-key', key.text).expect(200, KEY);
    });

    it('req.auth is in the mounted app if the outer one asked who is calling', async () => {
      const [outer, inner] = [make(), make()];
      inner.use(tell);
      outer.use(kit.gate.authenticate(), inner);
      await request(outer).get('/').set('x-api-key', key.text).expect(200, KEY);
    });

    it('req.auth is no caller of another request, and none if no middleware asked', async () => {
      const app = make();
      app.get('/asked', kit.gate.authenticate({ optional: true }), tell);
      app.get('/not-asked', tell);
      app.get('/needs', kit.gate.requirePermissions('dr.list'), tell);
      app.use(
        ((error, _req, res, _next) => void res.status(500).send(String(error))) satisfies express.ErrorRequestHandler,
      );
      await request(app).get('/asked').set('x-api-key', key.text).expect(200, KEY);
      for (const path of ['/asked', '/not-asked']) await request(app).get(path).expect(200, {});
      const answer = await request(app).get('/needs').set('x-api-key', key.text).expect(500);
      expect(answer.text).toContain('must run before this on each request');
    });

    it('req.auth can be written like any other property, before and after', async () => {
      const app = make();
      const written: unknown[] = [];
      app.use((req, _res, next) => {
        Object.assign(req, { auth: 'before' });
        written.push(req.auth);
        next();
      }, kit.gate.authenticate());
      app.use((req, res) => {
        const caller = req.auth.kind;
        Object.assign(req, { auth: 'after' });
        written.push(req.auth);
        res.json({ caller });
      });
      await request(app).get('/').set('x-api-key', key.text).expect(200, { caller: KEY.kind });
      expect(written).toEqual(['before', 'after']);
    });

    it('req.auth yields to a property of that name that the host gave its requests', async () => {
      const app = make();
      Object.defineProperty(app.request, 'auth', { value: 'of the host', writable: true, configurable: true });
      app.use(kit.gate.authenticate(), tell);
      await request(app).get('/').set('x-api-key', key.text).expect(200, KEY);
    });

    it('req.auth comes to a request and response of which all else is in its place, with its attributes', async () => {
      const app = make();
      const outlines: Outline[][] = [];
      const tell: RequestHandler = (req, res, next) => {
        outlines.push([outlineOf(req), outlineOf(res)]);
        next();
      };
      app.use(tell, kit.gate.authenticate(), tell, (_req, res) => void res.end());
      await request(app).get('/').set('x-api-key', key.text).expect(200);
      const [before = [], after = []] = outlines;
      expect(after).toEqual(before.map((outline, index) => (index === 0 ? withAuth(outline) : outline)));
    });

    it('req.auth comes to requests and responses that V8 takes for alike', async () => {
      // V8 remembers some descriptions only, placed by chance: two of one app may drive each other out of it.
      const verdicts: unknown[] = [];
      for (let tries = 0; tries < 20; tries += 1)
        verdicts.push(await areTwoAlike(make(), kit.gate.authenticate(), key.text));
      expect(verdicts).toContainEqual([true, true]);
    });

    it.each([
      { enumerable: false },
      { enumerable: true, configurable: false },
      { enumerable: false, configurable: false },
    ])('req.auth leaves what the host made of the ties between request and response: %o', async (given) => {
      const app = make();
      app.use((req, res, next) => {
        Object.defineProperty(req, 'res', given);
        Object.defineProperty(res, 'req', given);
        next();
      }, kit.gate.authenticate());
      app.use((req, res) => void res.json([attributes(req, 'res'), attributes(res, 'req')]));
      const made = { ...{ writable: true, enumerable: true, configurable: true }, ...given };
      await request(app).get('/').set('x-api-key', key.text).expect(200, [made, made]);
    });
  });

  it('req.auth is an own property of requests that are not of Express', async () => {
    const authenticate = kit.gate.authenticate();
    const server = createServer((req, res) => {
      const given = Object.assign(req, { app: express() });
      authenticate(given, res, () => res.end(JSON.stringify(Object.getOwnPropertyDescriptor(req, 'auth')?.value.kind)));
    });
    await request(server).get('/').set('x-api-key', key.text).expect(200, '"organization-key"');
  });
});
