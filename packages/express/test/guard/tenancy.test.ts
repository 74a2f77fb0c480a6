import type { TestKey } from '@flairgate/express/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { type Asked, type GuardedApp, guardedApp } from './guarded-app.js';

let app: GuardedApp;
afterEach(() => app.close());

/** Every page of a list, by the links between them. */
async function pages(key: TestKey, first: string): Promise<{ ids: string[]; answers: Asked[] }> {
  const ids: string[] = [];
  const answers: Asked[] = [];
  for (let path: string | undefined = first; path !== undefined; ) {
    const answer: Asked = await app.ask(key, 'GET', path);
    expect(answer.status).toBe(200);
    answers.push(answer);
    ids.push(...answer.json.map(({ id }: { id: string }) => id));
    const next = /^<(.*)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1];
    path = next === undefined ? undefined : `/rules${next}`;
  }
  return { ids, answers };
}

describe('a router that several organizations share', () => {
  it('a router that organizations share keeps them apart, and treats what has no owner as missing until it is adopted', async () => {
    app = await guardedApp({
      guard: { tenancy: 'shared' },
      rules: new Map([['old', { id: 'old', name: 'n', data: 'MARKED' }]]),
    });
    const elsewhere = await app.kit.organization();
    const a = await app.kit.key({ name: 'a' });
    const b = await app.kit.key({ name: 'b[root]', oid: elsewhere });
    await app.ask(a, 'POST', '/rules', { id: 'r1', name: 'n', data: 1 });
    await app.ask(a, 'POST', '/rules', { name: 'n', data: 2 });
    expect((await app.ask(a, 'GET', '/rules')).json.map(({ id }: { id: string }) => id)).toEqual(['made-3', 'r1']);
    expect((await app.ask(b, 'GET', '/rules')).text).toBe('[]');
    for (const id of ['r1', 'made-3', 'old']) {
      for (const [method, body] of [
        ['GET', undefined],
        ['PATCH', { name: 'x' }],
        ['DELETE', undefined],
      ] as const) {
        const hidden = await app.ask(b, method, `/rules/${id}`, body);
        const missing = await app.ask(b, method, '/rules/none', body);
        expect([hidden.status, hidden.text]).toEqual([missing.status, missing.text]);
        expect(hidden.status).toBe(404);
      }
      expect((await app.ask(b, 'PUT', `/rules/${id}`, { name: 'x', data: 1 })).status).toBe(409);
    }
    expect(app.rules.get('old')?.data).toBe('MARKED');
  });
});

describe('a list for a segment key', () => {
  it('a list for a segment key comes from ownership in pages, however many rows others have', async () => {
    app = await guardedApp({ guard: { pageSize: 3 } });
    const mine = await app.kit.key({ name: 'a[segment]' });
    const other = await app.kit.key({ name: 'b[segment]' });
    for (let at = 0; at < 8; at += 1) {
      await app.ask(mine, 'PUT', `/rules/m${at}`, { name: 'n', data: at });
      await app.ask(other, 'PUT', `/rules/m${at}x`, { name: 'n', data: at });
    }
    const { ids, answers } = await pages(mine, '/rules');
    expect(ids).toEqual(Array.from({ length: 8 }, (_, at) => `m${at}`));
    expect(answers).toHaveLength(3);
    const cursor = /cursor=([^&>]+)/.exec(answers[0]?.headers.get('link') ?? '')?.[1];
    expect(cursor).toBeDefined();
    expect((await app.ask(other, 'GET', `/rules?cursor=${cursor}`)).status).toBe(400);
    expect((await app.ask(mine, 'GET', `/rules?cursor=${cursor?.slice(0, -4)}`)).status).toBe(400);
    for (const query of ['limit=0', 'limit=4', 'limit=1e9', 'limit=NaN', 'limit=1&limit=2', 'q=x', '_page=2']) {
      expect((await app.ask(mine, 'GET', `/rules?${query}`)).status, query).toBe(400);
    }
    const etag = answers[0]?.headers.get('etag') ?? '';
    expect((await app.ask(mine, 'GET', '/rules', undefined, { 'if-none-match': etag })).status).toBe(304);
  });
});
