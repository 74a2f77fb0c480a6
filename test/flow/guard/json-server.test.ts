import { createRequire } from 'node:module';
import type { TestGate, TestKey } from '@flairgate/express/testing';
import { testGate } from '@flairgate/express/testing';
import type express5 from 'express';
import type { Router } from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { raw, type Served, serve } from '../../../packages/express/test/support.js';

/** The part of json-server 0.17, as published, that is used: an Express 4 router over a database in memory. */
interface JsonServer {
  router(data: object): Router & { readonly db: { getState(): { rules: Rule[] } } };
}

interface Rule {
  readonly id: number;
  readonly title: string;
  readonly data: unknown;
}

const require = createRequire(import.meta.url);
const jsonServer: JsonServer = require('json-server');
const express4: typeof express5 = require('express4');

describe('an npm-published router, unmodified', () => {
  let kit: TestGate;
  let served: Served;
  let router: ReturnType<JsonServer['router']>;
  let keys: Record<'plain' | 'segment' | 'secret' | 'lock' | 'root', TestKey>;

  beforeEach(async () => {
    kit = await testGate();
    router = jsonServer.router({
      rules: [{ id: 1, title: 'old', data: 'legacy' }],
      notes: [{ id: 1, ruleId: 2, text: 'MARKED' }],
    });
    const find = (id: string) => router.db.getState().rules.find((rule) => String(rule.id) === id);
    // It deletes from `req.query`, which Express 5 parses anew each time: an Express 4 app is what it is made for.
    const app = express4();
    app.use(kit.gate.authenticate());
    app.use(
      '/api/rules',
      kit.gate.guard({
        type: 'rule',
        tenancy: 'routed',
        id: { format: 'integer' },
        content: ['data'],
        routes: {
          'GET /': { kind: 'list', paged: true, query: { _page: /\d+/, _limit: /\d+/, _sort: ['id', 'title'] } },
          'GET /:id': 'read',
          'POST /': { kind: 'create', ids: 'server' },
          'PUT /:id': { kind: 'update' },
          'PATCH /:id': 'update',
          'DELETE /:id': 'delete',
        },
        load: (_req, id) => find(id)?.id,
        loadMany: (_req, ids) => ids.flatMap((id) => find(id) ?? []),
      }),
    );
    app.use('/api', router);
    app.use(kit.gate.errorHandler());
    served = await serve(app);
    keys = {
      plain: await kit.key(),
      segment: await kit.key({ name: 'a[segment]' }),
      secret: await kit.key({ name: 'vendor[secret]' }),
      lock: await kit.key({ name: 'keeper[lock]' }),
      root: await kit.key({ name: 'chief[root]' }),
    };
  });
  afterEach(async () => {
    await served.close();
    await kit.close();
  });

  async function ask(key: TestKey, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await fetch(`${served.url}/api/rules${path}`, {
      method,
      headers: {
        'x-api-key': key.text,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...json,
    });
    const text = await answer.text();
    return { status: answer.status, text, headers: answer.headers, json: text === '' ? undefined : JSON.parse(text) };
  }

  it('an unmodified npm-published router serves an unrestricted key as it did before', async () => {
    const made = await ask(keys.plain, 'POST', '', { title: 'n', data: 'd' });
    expect(made).toMatchObject({ status: 201, json: { id: 2, title: 'n', data: 'd' } });
    expect(made.headers.get('location')).toContain('/rules/2');
    const page = await ask(keys.plain, 'GET', '?_page=1&_limit=1');
    expect(page.json).toEqual([{ id: 1, title: 'old', data: 'legacy' }]);
    expect(page.headers.get('x-total-count')).toBe('2');
    expect((await ask(keys.plain, 'PUT', '/2', { title: 'm', data: 'e' })).json).toEqual({
      id: 2,
      title: 'm',
      data: 'e',
    });
    expect((await ask(keys.plain, 'PATCH', '/2', { title: 'o' })).json).toEqual({ id: 2, title: 'o', data: 'e' });
    expect((await ask(keys.plain, 'DELETE', '/2')).status).toBe(200);
    expect((await ask(keys.plain, 'GET', '/2')).status).toBe(404);
    expect((await ask(keys.plain, 'PUT', '/9', { title: 'm', data: 'e' })).status).toBe(404);
  });

  it('an unmodified npm-published router obeys segment, secret, lock and root', async () => {
    const { plain, segment, secret, lock, root } = keys;
    expect((await ask(segment, 'POST', '', { title: 'mine', data: 'm' })).json.id).toBe(2);
    expect((await ask(secret, 'POST', '', { title: 'ip', data: 'MARKED' })).json.data).toBe('MARKED');
    expect((await ask(segment, 'GET', '')).json).toEqual([{ id: 2, title: 'mine', data: 'm' }]);
    const hidden = await ask(segment, 'GET', '/1');
    const missing = await ask(segment, 'GET', '/99');
    expect([hidden.status, hidden.text]).toEqual([missing.status, missing.text]);
    for (const key of [plain, root, lock]) {
      expect((await ask(key, 'GET', '/3')).json).toEqual({ id: 3, title: 'ip', data: null, opaque: true });
    }
    expect((await ask(lock, 'PATCH', '/1', { title: 'held' })).status).toBe(200);
    expect((await ask(plain, 'PATCH', '/1', { title: 'x' })).json).toMatchObject({ code: 'ERR_RESOURCE_LOCKED' });
    expect((await ask(plain, 'DELETE', '/1')).status).toBe(403);
    expect((await ask(root, 'PATCH', '/1', { title: 'root' })).status).toBe(200);
  });

  it('a guard lets no trick past: spellings, routes, methods, queries, ranges, encodings, embedded rows', async () => {
    const { plain, segment, secret } = keys;
    await ask(secret, 'POST', '', { title: 'ip', data: 'MARKED' });
    const tricks: readonly (readonly [string, string, Record<string, string>?])[] = [
      ...[
        '/01',
        '/2.0',
        '/+2',
        '/%32',
        '/2%20',
        '/2/',
        '/2;x',
        '/0x2',
        '/2%00',
        '/-2',
        '/2,1',
        '//2',
        '/./2',
        '/2/../2',
        '/２',
      ].map((path) => ['GET', path] as const),
      ...[
        '?q=MARKED',
        '?data=MARKED',
        '?data_like=M',
        '?_sort=data',
        '?_embed=notes',
        '?_expand=note',
        '?callback=f',
        '?_start=0&_end=9',
        '?_page=1&_page=2',
      ].flatMap(
        (query) =>
          [
            ['GET', query],
            ['GET', `/2${query}`],
          ] as const,
      ),
      ['POST', '', { 'x-http-method-override': 'DELETE' }],
      ['GET', '/2/notes'],
      ['GET', '/2/data'],
      ['OPTIONS', '/2'],
      ['TRACE', '/2'],
      ['PROPFIND', '/2'],
      ['POST', '/2', { 'x-http-method-override': 'GET' }],
      ['GET', '/2', { range: 'bytes=0-1' }],
      ['GET', '/2', { 'accept-encoding': 'gzip, br' }],
      ['GET', '/2', { accept: 'text/html' }],
      ['HEAD', '/2'],
    ];
    for (const key of [plain, segment]) {
      for (const [method, path, extra = {}] of tricks) {
        const lines = Object.entries({ 'x-api-key': key.text, ...extra }).map(([name, value]) => `${name}: ${value}`);
        const answer = await raw(served.port, lines, {
          method,
          path: encodeURI(`/api/rules${path}`).replaceAll('%25', '%'),
        });
        expect(answer.body + answer.headers.join(), `${method} ${path}`).not.toContain('MARKED');
        expect([200, 201, 400, 404, 405], `${method} ${path}`).toContain(answer.status);
      }
    }
    expect(router.db.getState().rules.find(({ id }) => id === 2)?.data).toBe('MARKED');
  });

  it('an npm-published router, unmodified, lets only one writer in at a time, and the first lock wins', async () => {
    const locks = await Promise.all([1, 2, 3, 4].map((at) => kit.key({ name: `k${at}[lock]` })));
    const answers = await Promise.all(locks.map((key, at) => ask(key, 'PATCH', '/1', { title: `by ${at}` })));
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    expect(router.db.getState().rules[0]?.title).toBe(winners[0]?.json.title);
  });
});
