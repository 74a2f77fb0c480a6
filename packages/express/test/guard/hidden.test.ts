import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import type { TestKey } from '@flairgate/express/testing';
import type { RequestHandler } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawAnswer, raw } from '../support.js';
import { type GuardedApp, guardedApp, type Rule, versions } from './guarded-app.js';

const rule: Rule = { id: 'theirs', name: 'n', data: 'MARKED' };

/** Whatever a router may answer about a resource it has. About one it has not it says 404 in some way. */
const routerAnswers: Readonly<Record<string, RequestHandler>> = {
  'the item': (_req, res) => void res.json(rule),
  'a text, by what the caller accepts': (_req, res) =>
    void res.format({ html: () => void res.send('<p>'), json: () => void res.json(rule) }),
  'an image alone': (_req, res) => void res.format({ 'image/png': () => void res.send('png') }),
  'a text in the language of the caller': (req, res) =>
    void res.set('Content-Language', String(req.acceptsLanguages()[0])).json(rule),
  'a redirection': (_req, res) => void res.redirect('/elsewhere'),
  'another place': (_req, res) => void res.redirect(308, '/rules/mine'),
  400: (_req, res) => void res.status(400).json(rule),
  401: (_req, res) => void res.status(401).set('WWW-Authenticate', 'Basic').json(rule),
  403: (_req, res) => void res.status(403).json(rule),
  409: (_req, res) => void res.status(409).json(rule),
  410: (_req, res) => void res.status(410).json(rule),
  412: (_req, res) => void res.status(412).json(rule),
  416: (_req, res) => void res.status(416).json(rule),
  422: (_req, res) => void res.status(422).json(rule),
  429: (_req, res) => void res.status(429).set('Retry-After', '7').json(rule),
  500: (_req, res) => void res.status(500).json(rule),
  503: (_req, res) => void res.status(503).set('Retry-After', '7').json(rule),
  'a fault': (_req, _res, next) => next(new Error('MARKED')),
  'nothing, for the host to answer': (_req, _res, next) => next(),
  'no content': (_req, res) => void res.sendStatus(204),
  'not modified': (_req, res) => void res.status(304).end(),
  'a part': (_req, res) => void res.status(206).set('Content-Range', 'bytes 0-1/2').json(rule),
  'an encoding': (_req, res) => void res.set('Content-Encoding', 'gzip').json(rule),
  'an event stream': (_req, res) => void res.type('text/event-stream').end('data: MARKED\n\n'),
  'a stream': (_req, res) => void Readable.from([Buffer.from(JSON.stringify(rule))]).pipe(res.type('json')),
  'too many bytes': (_req, res) => void res.json({ ...rule, pad: 'x'.repeat(5000) }),
  'broken JSON': (_req, res) => void res.type('json').send('{'),
  'an item of another id': (_req, res) => void res.json({ ...rule, id: 'mine' }),
  'a list': (_req, res) => void res.json([rule]),
  null: (_req, res) => void res.json(null),
};

const headerSets: readonly (readonly string[])[] = [
  [],
  ['Accept: text/html', 'Accept-Language: de'],
  ['Accept: image/png'],
  ['Range: bytes=0-1', 'If-Range: "v1"'],
  ['Prefer: return=minimal'],
  ['If-None-Match: "v1"'],
  ['If-None-Match: *'],
  ['If-Modified-Since: Sat, 01 Jan 2050 00:00:00 GMT'],
  ['If-Match: "v1"'],
  ['If-Match: *'],
  ['If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT'],
];

/** Every route of the table that names a resource. PUT names one only by a precondition; else it chooses an id. */
const requests: readonly (readonly [method: string, path: string, body: unknown])[] = [
  ['GET', '', undefined],
  ['HEAD', '', undefined],
  ['PUT', '', { name: 'x', data: 1 }],
  ['PATCH', '', { name: 'x' }],
  ['PATCH', '', { data: 1 }],
  ['DELETE', '', undefined],
  ['POST', '/rename', { to: 'fresh' }],
  ['POST', '/copy', { to: 'fresh' }],
  ['POST', '/copy', {}],
];

interface Case {
  readonly path: string;
  readonly method: string;
  readonly body: unknown;
  readonly headers: readonly string[];
}

const cases: readonly Case[] = requests.flatMap(([method, path, body]) =>
  headerSets
    .filter((headers) => method !== 'PUT' || headers.some((line) => /^If-(Match|Unmod)/.test(line)))
    .map((headers) => ({ path, method, body, headers })),
);

const settings = [
  ['Express 4', 'routed'],
  ['Express 5', 'routed'],
  ['Express 5', 'shared'],
  ['Express 4', 'shared and adopted'],
] as const;

// Faults of the router are told to whoever listens, else as warnings.
const ignore = () => undefined;
beforeAll(() => subscribe('flairgate:fault', ignore));
afterAll(() => void unsubscribe('flairgate:fault', ignore));

describe.each(settings)('behind a guard, on %s, where ids are %s,', (version, tenancy) => {
  const express = versions[version];
  let app: GuardedApp;
  let answer: RequestHandler | undefined;
  /** True if the router answers every missing id with an answer of its own. */
  let everywhere = false;
  let asking: TestKey;

  beforeAll(async () => {
    app = await guardedApp({
      express,
      guard: { tenancy: tenancy === 'routed' ? 'routed' : 'shared', maxAnswerBytes: 4096 },
      router: (rules) => (req, res, next) => {
        const id = req.path.split('/')[1] ?? '';
        if (answer !== undefined && (everywhere || rules.has(id))) answer(req, res, next);
        else if (req.method === 'PUT') {
          rules.set(id, { ...rule, id });
          res.json({ ...rule, id });
        } else res.status(404).send(`<h1>no ${id}</h1>`);
      },
    });
    const oid = tenancy === 'routed' ? app.kit.oid : await app.kit.organization();
    const owner = await app.kit.key({ name: 'owner[lock]', oid });
    expect((await app.ask(owner, 'PUT', '/rules/theirs', { name: 'n', data: 'MARKED' })).status).toBe(200);
    asking = await app.kit.key(tenancy === 'shared and adopted' ? { name: 'plain' } : { name: 'a[segment]' });
    if (tenancy === 'shared and adopted') await adoptAll(app);
  });
  afterAll(() => app.close());

  const send = ({ method, path, body, headers }: Case, id: string): Promise<RawAnswer> => {
    const text = body === undefined ? '' : JSON.stringify(body);
    const type = body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${text.length}`];
    const lines = [`x-api-key: ${asking.text}`, ...type, ...headers];
    return raw(app.served.port, lines, { method, path: `/rules/${id}${path}`, body: text });
  };

  it.each(Object.entries(routerAnswers))(
    'a hidden resource looks missing, byte for byte, when the router answers %s',
    async (_what, handler) => {
      answer = handler;
      const differ: unknown[] = [];
      for (const each of cases) {
        everywhere = !everywhere;
        const [hidden, missing] = [await send(each, 'theirs'), await send(each, 'absent')];
        if (JSON.stringify(hidden) !== JSON.stringify(missing)) differ.push([each, hidden, missing]);
      }
      expect(differ).toEqual([]);
      expect(app.rules.has('theirs')).toBe(true);
    },
  );

  it('a hidden resource looks missing, byte for byte, whatever status the router answers with', async () => {
    const statuses = Object.keys(STATUS_CODES).map(Number);
    const differ: unknown[] = [];
    for (const status of statuses.filter((each) => each >= 200)) {
      answer = (_req, res) => void res.status(status).set('Location', '/rules/mine').json(rule);
      for (const each of cases.filter(({ headers }) => headers.length === 0)) {
        everywhere = !everywhere;
        const [hidden, missing] = [await send(each, 'theirs'), await send(each, 'absent')];
        if (JSON.stringify(hidden) !== JSON.stringify(missing)) differ.push([status, each, hidden, missing]);
      }
    }
    expect(differ).toEqual([]);
  }, 60_000);
});

/** Assigns all resources without an owner to the organization, as `flairgate adopt` without ids does. */
function adoptAll({ kit }: GuardedApp): Promise<unknown> {
  return kit.store.write((tx) => tx.update('ownershipType', { oid: '*', type: 'rule' }, { adoptedBy: kit.oid }));
}

describe('a resource that another caller is writing', () => {
  it('a hidden resource that is being written is answered as missing, without a wait and without load', async () => {
    const asked: string[] = [];
    const rules = new Map<string, Rule>();
    let held: (() => void) | undefined;
    const app = await guardedApp({
      rules,
      guard: {
        writeWaitMs: 100,
        load(_req, id) {
          asked.push(id);
          return rules.get(id)?.id;
        },
      },
      router: () => async (req, res) => {
        rules.set('theirs', rule);
        if (req.method === 'PATCH') await new Promise<void>((resolve) => (held = resolve));
        res.json(rule);
      },
    });
    const owner = await app.kit.key({ name: 'owner' });
    const segment = await app.kit.key({ name: 'a[segment]' });
    await app.ask(owner, 'PUT', '/rules/theirs', { name: 'n', data: 1 });
    const writing = app.ask(owner, 'PATCH', '/rules/theirs', { name: 'x' });
    await expect.poll(() => held).toBeDefined();
    asked.length = 0;
    for (const [method, headers] of [
      ['PATCH', {}],
      ['DELETE', {}],
      ['PUT', { 'if-match': '"v1"' }],
    ] as const) {
      const hidden = await app.ask(segment, method, '/rules/theirs', { name: 'y', data: 1 }, headers);
      const missing = await app.ask(segment, method, '/rules/absent', { name: 'y', data: 1 }, headers);
      expect([method, hidden.status, hidden.text]).toEqual([method, missing.status, missing.text]);
    }
    expect(asked.filter((id) => id === 'theirs')).toEqual([]);
    held?.();
    expect((await writing).status).toBe(200);
    await app.close();
  });

  it('a resource that another organization is creating is missing, without a wait, for one that adopted the rest', async () => {
    let held: (() => void) | undefined;
    const app = await guardedApp({
      guard: { tenancy: 'shared', writeWaitMs: 60_000 },
      router: (rules) => async (req, res) => {
        rules.set('theirs', rule);
        if (req.method === 'PUT') await new Promise<void>((resolve) => (held = resolve));
        res.json(rule);
      },
    });
    const owner = await app.kit.key({ name: 'owner', oid: await app.kit.organization() });
    const plain = await app.kit.key({ name: 'plain' });
    await app.kit.store.write((tx) =>
      tx.insert('ownershipType', {
        oid: '*',
        type: 'rule',
        revision: 0,
        secrets: 0,
        intents: 0,
        secretEnded: 0,
        adoptedBy: app.kit.oid,
      }),
    );
    const writing = app.ask(owner, 'PUT', '/rules/theirs', { name: 'n', data: 1 });
    await expect.poll(() => held).toBeDefined();
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const body = method === 'PATCH' ? { name: 'y' } : undefined;
      const hidden = await app.ask(plain, method, '/rules/theirs', body);
      const missing = await app.ask(plain, method, '/rules/absent', body);
      expect([method, hidden.status, hidden.text]).toEqual([method, 404, missing.text]);
    }
    held?.();
    expect((await writing).status).toBe(200);
    await app.close();
  });
});

describe.each(Object.entries(versions))('%s: a secret record behind a guard', (_, express) => {
  let app: GuardedApp;
  let owner: TestKey;
  let other: TestKey;

  beforeAll(async () => {
    app = await guardedApp({ express, guard: { validators: ['etag', 'meta.digest'] } });
    owner = await app.kit.key({ name: 'a[secret]' });
    other = await app.kit.key({ name: 'b' });
  });
  afterAll(() => app.close());

  it.each([
    [{ etag: 'v1' }, { 'if-match': '*' }],
    [{}, { 'if-match': '*, "v1"' }],
    [{}, { 'if-match': '*', 'if-unmodified-since': 'Sat, 01 Jan 2000 00:00:00 GMT' }],
    [{ etag: 'v1' }, { 'if-unmodified-since': '*' }],
    [{ etag: '*', meta: { digest: 'v1' } }, {}],
    [{ etag: 'v1', meta: { digest: '*' } }, {}],
  ])('a specific version of a secret record is not compared, also beside `*`: %j, %j', async (body, headers) => {
    await app.ask(owner, 'POST', '/rules', { id: 's1', name: 'n', data: { pin: '4711' } });
    const before = app.rules.get('s1');
    expect((await app.ask(other, 'PATCH', '/rules/s1', { ...body, name: 'm' }, headers)).status).toBe(412);
    expect(app.rules.get('s1')).toEqual(before);
    expect((await app.ask(other, 'PATCH', '/rules/s1', { name: 'm' }, { 'if-match': '*' })).status).toBe(200);
    expect((await app.ask(owner, 'DELETE', '/rules/s1')).status).toBeLessThan(300);
  });
});
