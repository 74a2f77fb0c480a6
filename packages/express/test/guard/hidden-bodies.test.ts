import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { gzipSync } from 'node:zlib';
import type { TestKey } from '@flairgate/express/testing';
import type { RequestHandler } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RawAnswer, raw } from '../support.js';
import { type GuardedApp, guardedApp, type Rule, versions } from './guarded-app.js';

const rule: Rule = { id: 'theirs', name: 'n', data: 'MARKED' };

interface Body {
  readonly type?: string;
  /** Bytes as Latin-1. */
  readonly sent: string;
  /** Header lines instead of a length. */
  readonly lines?: readonly string[];
}

const JSON_TEXT = JSON.stringify({ name: 'x', data: 1, to: 'fresh' });
const GZIP = gzipSync(JSON_TEXT).toString('latin1');
const json = 'application/json';

const chunked = (text: string, trailer = ''): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n${trailer}\r\n`;

/** Every kind of body, whether the guard can read it or not. */
const bodies: Readonly<Record<string, Body>> = {
  none: { sent: '' },
  'an empty one with a type': { type: json, sent: '' },
  JSON: { type: json, sent: JSON_TEXT },
  'a merge patch': { type: 'application/merge-patch+json', sent: JSON_TEXT },
  'a merge patch that removes': { type: 'application/merge-patch+json', sent: '{"name":null,"data":null}' },
  'a patch of operations': {
    type: 'application/json-patch+json',
    sent: '[{"op":"replace","path":"/name","value":"x"},{"op":"test","path":"/data","value":"MARKED"}]',
  },
  'a patch of operations as JSON': { type: json, sent: '[{"op":"remove","path":"/data"}]' },
  'a form': { type: 'application/x-www-form-urlencoded', sent: 'name=x&data=1&to=fresh' },
  'a form of parts': {
    type: 'multipart/form-data; boundary=b',
    sent: '--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n--b--\r\n',
  },
  'a text': { type: 'text/plain', sent: 'name' },
  'bytes without a type': { sent: JSON_TEXT },
  'a type that is none': { type: 'json', sent: JSON_TEXT },
  'invalid JSON': { type: json, sent: '{"name":' },
  'a number': { type: json, sent: '1' },
  null: { type: json, sent: 'null' },
  'a member twice': { type: json, sent: '{"name":"x","name":"y","id":"mine"}' },
  'another id': { type: json, sent: '{"id":"mine","name":"x","data":1}' },
  'the id itself': { type: json, sent: '{"id":"ITSELF","name":"x","data":1}' },
  'a mark of bytes': { type: json, sent: `\u00ef\u00bb\u00bf${JSON_TEXT}` },
  'another charset': { type: `${json}; charset=utf-16`, sent: JSON_TEXT },
  'deep JSON': { type: json, sent: `{"name":"x","data":${'['.repeat(200)}${']'.repeat(200)}}` },
  'a large one': { type: json, sent: JSON.stringify({ name: 'x', data: 'x'.repeat(150_000) }) },
  'one packed by gzip': { type: json, sent: GZIP, lines: ['Content-Encoding: gzip', `Content-Length: ${GZIP.length}`] },
  'gzip that is none': {
    type: json,
    sent: JSON_TEXT,
    lines: ['Content-Encoding: gzip', `Content-Length: ${JSON_TEXT.length}`],
  },
  'an unknown encoding': {
    type: json,
    sent: JSON_TEXT,
    lines: ['Content-Encoding: x', `Content-Length: ${JSON_TEXT.length}`],
  },
  'one in chunks': { type: json, sent: chunked(JSON_TEXT), lines: ['Transfer-Encoding: chunked'] },
  'one in chunks with a trailer': {
    type: json,
    sent: chunked(JSON_TEXT, 'If-Match: *\r\nx-api-key: other\r\n'),
    lines: ['Transfer-Encoding: chunked', 'Trailer: If-Match'],
  },
  'one after 100 Continue': {
    type: json,
    sent: JSON_TEXT,
    lines: ['Expect: 100-continue', `Content-Length: ${JSON_TEXT.length}`],
  },
};

/** Every route that names a resource, and methods that none is declared for. PUT names one by a precondition. */
const requests: readonly (readonly [method: string, path: string, more: readonly string[]])[] = [
  ['GET', '', []],
  ['PUT', '', ['If-Match: "v1"']],
  ['PUT', '', ['If-Match: *']],
  ['PATCH', '', []],
  ['PATCH', '', ['If-Match: "v1"']],
  ['DELETE', '', []],
  ['POST', '/rename', []],
  ['POST', '/copy', []],
  ['POST', '', []],
  ['GET', '/export', []],
];

interface Pair {
  readonly of: readonly unknown[];
  readonly hidden: RawAnswer;
  readonly missing: RawAnswer;
}

/** Returns an answer as a text without its date: after 100 Continue its head is in the body, and a second may pass. */
function comparable(answer: RawAnswer): string {
  return JSON.stringify(answer).replaceAll(/date: [^\\"]+ GMT/gi, 'date: now');
}

/** Routers that read bodies, that do not, and that answer by the method. */
const routers: Readonly<Record<string, RequestHandler>> = {
  'the item': (_req, res) => void res.json(rule),
  'what was sent': (req, res) => void res.status(422).json({ sent: req.body ?? null }),
  'a fault': (_req, _res, next) => next(new Error('MARKED')),
  'a broken connection': (_req, res) => void res.destroy(),
};

const settings = [
  ['Express 4', 'routed'],
  ['Express 5', 'shared'],
] as const;

// Faults of the router and of its options are reported to subscribers, else as warnings.
const ignore = () => undefined;
beforeAll(() => subscribe('flairgate:fault', ignore));
afterAll(() => void unsubscribe('flairgate:fault', ignore));

describe.each(settings)('a body for something hidden, on %s, where ids are %s,', (version, tenancy) => {
  const express = versions[version];
  let app: GuardedApp;
  let answer: RequestHandler | undefined;
  let asking: TestKey;

  beforeAll(async () => {
    app = await guardedApp({
      express,
      guard: { tenancy, maxAnswerBytes: 4096 },
      router: (rules) => (req, res, next) => {
        const id = req.path.split('/')[1] ?? '';
        if (answer !== undefined && rules.has(id)) answer(req, res, next);
        else if (req.method === 'PUT' && answer === undefined) {
          rules.set(id, { ...rule, id });
          res.json({ ...rule, id });
        } else res.status(404).send(`<h1>no ${id}</h1>`);
      },
    });
    const oid = tenancy === 'routed' ? app.kit.oid : await app.kit.organization();
    const owner = await app.kit.key({ name: 'owner[lock]', oid });
    expect((await app.ask(owner, 'PUT', '/rules/theirs', { name: 'n', data: 'MARKED' })).status).toBe(200);
    asking = await app.kit.key({ name: 'a[segment]' });
  });
  afterAll(() => app.close());

  function send(id: string, [method, path, more]: (typeof requests)[number], { type, sent, lines }: Body) {
    const carried = lines ?? (sent === '' && type === undefined ? [] : [`Content-Length: ${sent.length}`]);
    const typed = type === undefined ? [] : [`Content-Type: ${type}`];
    return raw(app.served.port, [`x-api-key: ${asking.text}`, ...typed, ...carried, ...more], {
      method,
      path: `/rules/${id}${path}`,
      body: sent.replaceAll('ITSELF', id),
    });
  }

  it.each(Object.entries(routers))(
    'a body for a hidden resource is answered as for a missing one, when the router gives %s',
    async (_what, of) => {
      answer = of;
      const pairs: Pair[] = [];
      for (const [what, body] of Object.entries(bodies)) {
        for (const request of requests) {
          pairs.push({
            of: [what, request],
            hidden: await send('theirs', request, body),
            missing: await send('absent', request, body),
          });
        }
      }
      const differ = pairs.filter(({ hidden, missing }) => comparable(hidden) !== comparable(missing));
      expect(differ).toEqual([]);
      expect(app.rules.get('theirs')).toEqual(rule);
      expect(app.rules.size).toBe(1);
      // Not each body is refused for what it is.
      expect(new Set(pairs.map(({ hidden }) => hidden.status))).toContain(404);
    },
  );
});
