import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Readable } from 'node:stream';
import { OptionError } from '@flairgate/core';
import type { GuardEvent } from '@flairgate/express';
import { type TestKey, testGate } from '@flairgate/express/testing';
import type { RequestHandler } from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { raw } from '../support.js';
import { type GuardedApp, guardedApp, guardOptions, type Rule, ruleRouter, versions } from './guarded-app.js';

const hiddenRule: Rule = { id: 'r1', name: 'n', data: 'MARKED' };

describe.each(Object.entries(versions))('what a router answers, on %s', (_name, express) => {
  let app: GuardedApp;
  let answer: RequestHandler;
  let plain: TestKey;
  let secret: TestKey;

  beforeEach(async () => {
    app = await guardedApp({
      express,
      router: (rules) => {
        const real = ruleRouter(express, rules);
        return (req, res, next) => (req.headers['x-odd'] === undefined ? real(req, res, next) : answer(req, res, next));
      },
    });
    plain = await app.kit.key();
    secret = await app.kit.key({ name: 'vendor[secret]' });
    await app.ask(secret, 'POST', '/rules', hiddenRule);
  });
  afterEach(() => app.close());

  const odd = { 'x-odd': '1' };

  it.each<readonly [string, RequestHandler]>([
    ['json', (_req, res) => void res.json(hiddenRule)],
    ['send', (_req, res) => void res.type('json').send(JSON.stringify(hiddenRule))],
    ['end', (_req, res) => void res.type('json').end(JSON.stringify(hiddenRule))],
    [
      'writes',
      (_req, res) => {
        res.writeHead(200, 'Fine', { 'Content-Type': 'application/json' });
        for (const part of JSON.stringify(hiddenRule)) res.write(part);
        res.end();
      },
    ],
    [
      'a stream',
      (_req, res) => {
        Readable.from([Buffer.from(JSON.stringify(hiddenRule))]).pipe(res.type('json'));
      },
    ],
    [
      'a send, and then once more',
      (_req, res) => {
        res.json(hiddenRule);
        res.setHeader('x-late', 'MARKED');
        res.end('MARKED');
      },
    ],
    [
      'a send, and then a fault',
      (_req, res) => {
        res.json(hiddenRule);
        res.write('MARKED');
      },
    ],
    [
      'headers first',
      (_req, res) => {
        res.type('json').flushHeaders();
        res.end(JSON.stringify(hiddenRule));
      },
    ],
  ])('what a router answers is judged whole when it comes by %s', async (_way, handler) => {
    answer = handler;
    const seen = await app.ask(plain, 'GET', '/rules/r1', undefined, odd);
    expect(seen.json).toEqual({ id: 'r1', name: 'n', data: null, opaque: true });
    expect(JSON.stringify([...seen.headers])).not.toContain('MARKED');
    expect(seen.headers.get('content-length')).toBe(String(Buffer.byteLength(seen.text)));
  });

  it.each<readonly [string, RequestHandler]>([
    ['HTML', (_req, res) => void res.send('<p>MARKED</p>')],
    ['text', (_req, res) => void res.type('text').send('MARKED')],
    ['a list where one item is read', (_req, res) => void res.json([hiddenRule])],
    ['an item without id', (_req, res) => void res.json({ data: 'MARKED' })],
    ['another item', (_req, res) => void res.json({ ...hiddenRule, id: 'r2' })],
    ['an encoding', (_req, res) => void res.set('Content-Encoding', 'gzip').json(hiddenRule)],
    ['a part', (_req, res) => void res.status(206).json(hiddenRule)],
    ['a range', (_req, res) => void res.set('Content-Range', 'bytes 0-1/2').json(hiddenRule)],
    ['an event stream', (_req, res) => void res.type('text/event-stream').end('data: MARKED\n\n')],
    [
      'trailers',
      (_req, res) => {
        res.addTrailers({ 'x-t': 'MARKED' });
        res.json(hiddenRule);
      },
    ],
    ['too many bytes', (_req, res) => void res.json({ ...hiddenRule, pad: 'MARKED'.repeat(2 ** 21) })],
    ['broken JSON', (_req, res) => void res.type('json').send('{"id":"r1","data":"MARKED"')],
    ['JSONP', (_req, res) => void res.type('text/javascript').send('/**/ f({"id":"r1","data":"MARKED"})')],
    ['a redirection', (_req, res) => void res.redirect('/elsewhere?MARKED')],
  ])('what a router answers is refused with no byte out when it is %s', async (_what, handler) => {
    answer = handler;
    const seen = await app.ask(plain, 'GET', '/rules/r1', undefined, odd);
    expect(seen.status).toBe(500);
    expect(seen.json.code).toBe('ERR_INTERNAL');
    expect(seen.text + JSON.stringify([...seen.headers])).not.toContain('MARKED');
  });

  it('the guard shows a restricted caller only the status of a failure, and none of its headers', async () => {
    answer = (_req, res) =>
      void res.status(409).set({ 'x-hint': 'MARKED', link: '<MARKED>' }).json({ other: 'MARKED' });
    for (const method of ['GET', 'PATCH']) {
      const seen = await app.ask(plain, method, '/rules/r1', method === 'GET' ? undefined : { name: 'x' }, odd);
      expect(seen.status).toBe(409);
      expect(seen.text + JSON.stringify([...seen.headers])).not.toContain('MARKED');
    }
    answer = (_req, res) => void res.status(422).json({ other: 'MARKED' });
    expect((await app.ask(plain, 'GET', '/rules/r1', undefined, odd)).text).not.toContain('MARKED');
  });

  it('the guard takes negotiation, conditional, range and override headers off, asks for JSON, and runs HEAD as GET', async () => {
    let seen: Record<string, unknown> = {};
    answer = (req, res) => {
      seen = { method: req.method, ...req.headers, raw: req.rawHeaders.join().toLowerCase() };
      req.method = 'DELETE';
      seen.overridden = req.method;
      res.json(hiddenRule);
    };
    const sent = {
      range: 'bytes=0-1',
      'if-range': '"a"',
      'if-none-match': '"a"',
      'if-modified-since': 'Sat, 01 Jan 2000 00:00:00 GMT',
      'accept-encoding': 'gzip',
      'accept-language': 'de',
      prefer: 'return=minimal',
      'x-http-method-override': 'DELETE',
    };
    const { served } = app;
    const lines = Object.entries({ ...sent, accept: 'text/html', ...odd, 'x-api-key': plain.text }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    const head = await raw(served.port, lines, { method: 'HEAD', path: '/rules/r1' });
    expect(head.status).toBe(200);
    expect(head.body).toBe('');
    expect(seen).toMatchObject({ method: 'GET', overridden: 'GET', accept: 'application/json' });
    expect(seen.raw).not.toContain('text/html');
    for (const name of Object.keys(sent)) {
      expect(seen).not.toHaveProperty(name);
      expect(seen.raw).not.toContain(name);
    }
    const get = await raw(served.port, lines, { path: '/rules/r1' });
    expect(get.headers).toEqual(head.headers);
  });

  it('the guard changes nothing of what the router holds', async () => {
    const held = { id: 'r1', name: 'n', data: { deep: 'MARKED' } };
    answer = (_req, res) => void res.json(held);
    await app.ask(plain, 'GET', '/rules/r1', undefined, odd);
    expect(held).toEqual({ id: 'r1', name: 'n', data: { deep: 'MARKED' } });
  });

  it('the guard refuses parameters a route does not declare to callers something is withheld from', async () => {
    for (const query of ['?q=MARKED', '?data_like=M', '?_sort=data', '?callback=f', '?a[b]=1']) {
      expect((await app.ask(plain, 'GET', `/rules${query}`)).status, query).toBe(400);
      expect((await app.ask(plain, 'GET', `/rules/r1${query}`)).status, query).toBe(400);
    }
  });
});

describe('a guard', () => {
  it('a guard leaves the response as it found it', async () => {
    const left: unknown[] = [];
    const before: RequestHandler = (_req, res, next) => {
      const own = Object.getOwnPropertyNames(res).filter((name) => !name.startsWith('_'));
      res.once('finish', () => {
        const now = Object.getOwnPropertyNames(res).filter((name) => !name.startsWith('_') && !own.includes(name));
        left.push(now.filter((name) => ['write', 'end', 'writeHead', 'headersSent', 'flushHeaders'].includes(name)));
      });
      next();
    };
    const app = await guardedApp({ before });
    const key = await app.kit.key();
    await app.ask(key, 'GET', '/rules');
    await app.ask(key, 'PUT', '/rules/a', { name: 'n', data: 1 });
    await app.ask(key, 'GET', '/rules/none');
    expect(left).toEqual([[], [], []]);
    await app.close();
  });

  it('a guard leaves every property of request and response in its place, with its attributes', async () => {
    const seen: unknown[] = [];
    const outline = (object: object, names: readonly PropertyKey[]) => {
      const now = Reflect.ownKeys(object).filter((name) => names.includes(name));
      return now.map((name) => [name, { ...Object.getOwnPropertyDescriptor(object, name), value: 0 }]);
    };
    const before: RequestHandler = (req, res, next) => {
      for (const object of [req, res]) {
        const names = Reflect.ownKeys(object);
        const was = outline(object, names);
        res.once('finish', () => seen.push([was, outline(object, names)]));
      }
      next();
    };
    for (const express of Object.values(versions)) {
      const app = await guardedApp({ before, express });
      const key = await app.kit.key();
      expect((await app.ask(key, 'GET', '/rules')).status).toBe(200);
      expect((await app.ask(key, 'PUT', '/rules/a', { name: 'n', data: 1 })).status).toBe(200);
      await app.close();
    }
    expect(seen).toHaveLength(8);
    for (const [was, is] of seen as [unknown[], unknown[]][]) expect(is).toEqual(was);
  });

  it('a guard puts the same functions over every request and response, so that none is kept alive by them', async () => {
    const seen: unknown[][] = [];
    let own: PropertyKey[] = [];
    const before: RequestHandler = (_req, res, next) => {
      own = Reflect.ownKeys(res);
      next();
    };
    const router = (): RequestHandler => (req, res) => {
      const put = Object.getOwnPropertyNames(res).filter((name) => !own.includes(name));
      const held = put.map((name) => Object.getOwnPropertyDescriptor(res, name));
      held.push(Object.getOwnPropertyDescriptor(req, 'method'));
      seen.push(held.flatMap((each) => [each?.value ?? each?.get, each?.set]));
      res.json([]);
    };
    const app = await guardedApp({ before, router });
    const key = await app.kit.key();
    for (const _ of [1, 2]) expect((await app.ask(key, 'GET', '/rules')).status).toBe(200);
    await app.close();
    const [first = [], second = []] = seen;
    expect(first.length).toBeGreaterThan(8);
    expect(first.every((each, at) => each === second[at])).toBe(true);
  });

  it.each<readonly [string, (was: unknown) => PropertyDescriptor]>([
    ['a setter', (was) => ({ configurable: true, get: () => was, set: () => undefined })],
    ['a constant', (was) => ({ configurable: true, value: was })],
  ])(
    'a guard holds the answer back where %s is in the place of a function of the response',
    async (_what, describe) => {
      const before: RequestHandler = (_req, res, next) => {
        const proto = Object.getPrototypeOf(res);
        const placed = ['write', 'end'].map((name) => [name, describe(Reflect.get(proto, name))] as const);
        Object.setPrototypeOf(res, Object.create(proto, Object.fromEntries(placed)));
        next();
      };
      const app = await guardedApp({ before });
      await app.ask(await app.kit.key({ name: 'vendor[secret]' }), 'POST', '/rules', hiddenRule);
      const listed = await app.ask(await app.kit.key(), 'GET', '/rules');
      expect(listed.json).toEqual([{ id: 'r1', name: 'n', data: null, opaque: true }]);
      await app.close();
    },
  );

  it('a guard stops the start without tenancy, load, loadMany, or with a route it does not name', async () => {
    const { gate } = await testGate();
    const rules = new Map<string, Rule>();
    const { tenancy, load, loadMany, ...rest } = guardOptions(rules);
    const whole = { ...rest, tenancy, load: () => undefined, loadMany: () => [] };
    expect(() => gate.guard(whole)).not.toThrow();
    expect(() => gate.guard({ ...rest, load: () => undefined } as never)).toThrow(OptionError);
    expect(() => gate.guard({ ...rest, tenancy } as never)).toThrow(/load\(req, id\)/);
    expect(() =>
      gate.guard({ ...whole, loadMany: undefined, routes: { 'GET /': { kind: 'list', paged: true } } } as never),
    ).toThrow(/loadMany/);
    expect(() => gate.guard({ ...whole, tenency: 'shared' } as never)).toThrow(/tenancy/);
    expect(() => gate.guard({ ...whole, routes: { 'GET /:id': 'reed' as never } })).toThrow(OptionError);
    for (const express of Object.values(versions)) {
      expect(() => gate.guard({ ...whole, router: ruleRouter(express, rules) })).toThrow(
        /ERR_ROUTE_UNGUARDED.*GET \/:id\/export/,
      );
    }
    await gate.close();
  });

  it('a guard in a dry run reports what it would do, and changes nothing', async () => {
    const events: GuardEvent[] = [];
    const listen = (event: unknown) => void events.push(event as GuardEvent);
    subscribe('flairgate:guard', listen);
    const app = await guardedApp({ guard: { dryRun: true }, rules: new Map([['r1', hiddenRule]]) });
    const plain = await app.kit.key({ name: 'plain' });
    const segment = await app.kit.key({ name: 'a[segment]' });
    expect((await app.ask(segment, 'GET', '/rules/r1')).json).toEqual(hiddenRule);
    expect((await app.ask(segment, 'GET', '/rules')).json).toEqual([hiddenRule]);
    expect((await app.ask(plain, 'GET', '/rules/r1/export')).json).toEqual(hiddenRule);
    expect((await app.ask(plain, 'GET', '/rules/nowhere')).text).toContain('<h1>');
    await app.ask(segment, 'POST', '/rules', { id: 'r2', name: 'n', data: 1 });
    expect(await app.kit.store.read((tx) => tx.find('ownership', {}))).toEqual([]);
    unsubscribe('flairgate:guard', listen);
    const told = events.map(({ route, outcome, dryRun }) => `${route} ${outcome} ${dryRun}`);
    expect(told).toContain('GET /:id refuse true');
    expect(told).toContain('GET / refuse true');
    expect(told).toContain('GET /r1/export refuse true');
    await app.close();
  });
});
