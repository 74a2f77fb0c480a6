import type { TestKey } from '@flairgate/express/testing';
import express, { type RequestHandler } from 'express';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type GuardedApp, guardedApp, type Rule, ruleRouter } from './guarded-app.js';

describe('a list of which nothing is kept from the caller', () => {
  let app: GuardedApp;
  let plain: TestKey;
  let secret: TestKey;
  let segment: TestKey;
  /** Steps that run before or after the router has read. */
  let meanwhile: { before?: () => Promise<unknown>; after?: () => Promise<unknown> } = {};
  /** Step that runs after the router has created a rule and before it answers. */
  let onMade: (() => Promise<unknown>) | undefined;
  const text = '[ {"id":"r1", "name":"n","data":1.50} ]';

  /** A router that lists in a spelling of its own. */
  const router = (rules: Map<string, Rule>): RequestHandler => {
    const inner = express.Router();
    inner.get('/', async (_req, res) => {
      const hooks = meanwhile;
      meanwhile = {};
      await hooks.before?.();
      const listed = [...rules.values()];
      await hooks.after?.();
      res.set('x-own', 'kept').type('json');
      res.send(listed.length === 1 && listed[0]?.id === 'r1' ? text : JSON.stringify(listed));
    });
    inner.post('/', express.json(), async (req, res) => {
      rules.set(req.body.id, req.body);
      await onMade?.();
      res.status(201).json(req.body);
    });
    inner.use(ruleRouter(express, rules));
    return inner;
  };

  beforeEach(async () => {
    meanwhile = {};
    onMade = undefined;
    app = await guardedApp({ router });
    plain = await app.kit.key({ name: 'plain' });
    secret = await app.kit.key({ name: 'vendor[secret]' });
    segment = await app.kit.key({ name: 'a[segment]' });
    app.rules.set('r1', { id: 'r1', name: 'n', data: 1.5 });
  });
  afterEach(() => app.close());

  const make = () => app.ask(secret, 'POST', '/rules', { id: 's1', name: 'n', data: 'MARKED' });
  const blank = { id: 's1', name: 'n', data: null, opaque: true };

  it('a list with nothing to hide goes out byte for byte, with its headers and etag, to HEAD and If-None-Match too', async () => {
    const listed = await app.ask(plain, 'GET', '/rules');
    expect([listed.status, listed.text, listed.headers.get('x-own')]).toEqual([200, text, 'kept']);
    expect(listed.headers.get('content-length')).toBe(String(text.length));
    const etag = listed.headers.get('etag') ?? '';
    const head = await app.ask(plain, 'HEAD', '/rules');
    expect([head.status, head.text, head.headers.get('etag')]).toEqual([200, '', etag]);
    expect(head.headers.get('content-length')).toBe(String(text.length));
    const fresh = await app.ask(plain, 'GET', '/rules', undefined, { 'if-none-match': etag });
    expect([fresh.status, fresh.text, fresh.headers.get('etag')]).toEqual([304, '', etag]);
  });

  it('a list with nothing to hide goes out unread, whatever its shape, and is refused to a caller from whom something is kept', async () => {
    app.rules.set('r2', { id: 'not an id!', name: 'n', data: 1 });
    const listed = await app.ask(plain, 'GET', '/rules');
    expect([listed.status, listed.text.includes('not an id')]).toEqual([200, true]);
    expect((await make()).status).toBe(201);
    const judged = await app.ask(plain, 'GET', '/rules');
    expect([judged.status, judged.text.includes('not an id')]).toEqual([500, false]);
  });

  it('a list is judged for a segment key, and for every caller as soon as something is secret', async () => {
    expect((await app.ask(segment, 'GET', '/rules')).json).toEqual([]);
    expect((await make()).status).toBe(201);
    const listed = await app.ask(plain, 'GET', '/rules');
    expect(listed.json).toEqual([{ id: 'r1', name: 'n', data: 1.5 }, blank]);
    expect(listed.headers.get('x-own')).toBeNull();
    await app.ask(secret, 'DELETE', '/rules/s1');
    expect((await app.ask(plain, 'GET', '/rules')).text).toBe(text);
  });

  it('a list is judged when something secret began while the router was reading', async () => {
    meanwhile = { before: make };
    const listed = await app.ask(plain, 'GET', '/rules');
    expect(listed.json).toEqual([{ id: 'r1', name: 'n', data: 1.5 }, blank]);
  });

  it('a list is judged when something secret began, was read, and ended', async () => {
    meanwhile = { before: make, after: () => app.ask(secret, 'DELETE', '/rules/s1') };
    const listed = await app.ask(plain, 'GET', '/rules');
    expect(listed.status).toBe(200);
    expect(listed.text).not.toContain('MARKED');
  });

  it('a list is refused when something secret began while the router was reading, and the query may have chosen by it', async () => {
    expect((await app.ask(plain, 'GET', '/rules?q=MARKED')).text).toBe(text);
    meanwhile = { before: make };
    const listed = await app.ask(plain, 'GET', '/rules?q=MARKED');
    expect([listed.status, listed.json.code]).toEqual([400, 'ERR_VALIDATION']);
    expect(listed.json.issues.map(({ field }: { field: string }) => field)).toEqual(['q']);
  });

  it('a list that follows a write of the same process is answered by what is stored now', async () => {
    for (let round = 0; round < 3; round += 1) {
      expect((await app.ask(plain, 'GET', '/rules')).text).toBe(text);
      expect((await make()).status).toBe(201);
      expect((await app.ask(plain, 'GET', '/rules')).json).toEqual([{ id: 'r1', name: 'n', data: 1.5 }, blank]);
      await app.ask(secret, 'DELETE', '/rules/s1');
    }
    expect((await app.ask(plain, 'GET', '/rules')).text).toBe(text);
  });

  it('a list is judged while a secret write is under way', async () => {
    let seen: string | undefined;
    onMade = async () => {
      seen = (await app.ask(plain, 'GET', '/rules')).text;
    };
    expect((await make()).status).toBe(201);
    expect(JSON.parse(seen ?? 'null')).toEqual([{ id: 'r1', name: 'n', data: 1.5 }, blank]);
  });
});
