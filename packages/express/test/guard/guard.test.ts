import type { TestKey } from '@flairgate/express/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Asked, type GuardedApp, guardedApp, versions } from './guarded-app.js';

describe.each(Object.entries(versions))('an untouched router, on %s', (_name, express) => {
  let app: GuardedApp;
  let plain: TestKey;
  let segment: TestKey;
  let other: TestKey;
  let secret: TestKey;
  let lock: TestKey;
  let root: TestKey;

  beforeEach(async () => {
    app = await guardedApp({ express });
    plain = await app.kit.key({ name: 'plain' });
    segment = await app.kit.key({ name: 'a[segment]' });
    other = await app.kit.key({ name: 'b[segment]' });
    secret = await app.kit.key({ name: 'vendor[secret]' });
    lock = await app.kit.key({ name: 'keeper[lock]' });
    root = await app.kit.key({ name: 'chief[root]' });
  });
  afterEach(() => app.close());

  const same = (a: Asked, b: Asked) => {
    expect(a.status).toBe(b.status);
    expect(a.text).toBe(b.text);
    const lines = ({ headers }: Asked) => [...headers].filter(([name]) => name !== 'date');
    expect(lines(a)).toEqual(lines(b));
  };

  it('a guarded router passes what an unrestricted caller does', async () => {
    expect((await app.ask(plain, 'POST', '/rules', { id: 'r1', name: 'n', data: 1 })).status).toBe(201);
    expect((await app.ask(plain, 'GET', '/rules')).json).toEqual([{ id: 'r1', name: 'n', data: 1 }]);
    expect((await app.ask(plain, 'PATCH', '/rules/r1', { name: 'm' })).json).toEqual({ id: 'r1', name: 'm', data: 1 });
    const read = await app.ask(plain, 'GET', '/rules/r1');
    expect(read.json).toEqual({ id: 'r1', name: 'm', data: 1 });
    expect(read.headers.get('etag')).toMatch(/^W\//);
    const fresh = await app.ask(plain, 'GET', '/rules/r1', undefined, {
      'if-none-match': read.headers.get('etag') ?? '',
    });
    expect(fresh.status).toBe(304);
    expect((await app.ask(plain, 'DELETE', '/rules/r1')).status).toBe(204);
    expect((await app.ask(plain, 'GET', '/rules/r1')).status).toBe(404);
  });

  it('a guarded router hides from a segment key what it did not make, as if it were missing', async () => {
    await app.ask(plain, 'POST', '/rules', { id: 'r1', name: 'n', data: 1 });
    await app.ask(segment, 'POST', '/rules', { id: 'mine', name: 'n', data: 2 });
    for (const [method, body] of [
      ['GET', undefined],
      ['HEAD', undefined],
      ['PATCH', { name: 'x' }],
      ['DELETE', undefined],
    ] as const) {
      const hidden = await app.ask(segment, method, '/rules/r1', body);
      expect(hidden.status).toBe(404);
      same(hidden, await app.ask(segment, method, '/rules/zz', body));
    }
    same(
      await app.ask(segment, 'POST', '/rules/r1/rename', { to: 'r9' }),
      await app.ask(segment, 'POST', '/rules/zz/rename', { to: 'r9' }),
    );
    same(await app.ask(segment, 'POST', '/rules/r1/copy', {}), await app.ask(segment, 'POST', '/rules/zz/copy', {}));
    expect((await app.ask(segment, 'GET', '/rules')).json).toEqual([{ id: 'mine', name: 'n', data: 2 }]);
    expect((await app.ask(other, 'GET', '/rules')).text).toBe('[]');
    expect((await app.ask(plain, 'GET', '/rules')).json).toHaveLength(2);
    expect((await app.ask(segment, 'POST', '/rules', { id: 'r1', name: 'n', data: 3 })).status).toBe(409);
    expect((await app.ask(segment, 'PUT', '/rules/r1', { name: 'n', data: 3 })).status).toBe(409);
    expect(app.rules.get('r1')?.data).toBe(1);
  });

  it('a guarded router blanks content that is secret to another key, root or not, in every answer', async () => {
    const made = await app.ask(secret, 'POST', '/rules', { id: 'r1', name: 'n', data: 'ip', etag: 'e' });
    expect(made.json).toEqual({ id: 'r1', name: 'n', data: 'ip', etag: 'e' });
    for (const key of [plain, root, lock]) {
      const read = await app.ask(key, 'GET', '/rules/r1');
      expect(read.json).toEqual({ id: 'r1', name: 'n', data: null, opaque: true });
      expect(read.headers.get('etag')).toBeNull();
      expect((await app.ask(key, 'GET', '/rules')).json).toEqual([{ id: 'r1', name: 'n', data: null, opaque: true }]);
    }
    expect((await app.ask(secret, 'GET', '/rules/r1')).json.data).toBe('ip');
    expect((await app.ask(plain, 'PATCH', '/rules/r1', { name: 'm' })).json).toEqual({
      id: 'r1',
      name: 'm',
      data: null,
      opaque: true,
    });
    expect((await app.ask(plain, 'PATCH', '/rules/r1', { data: 'guess' })).json.code).toBe('ERR_CONTENT_WITHHELD');
    expect((await app.ask(plain, 'PUT', '/rules/r1', { name: 'm', data: null })).json.code).toBe(
      'ERR_CONTENT_WITHHELD',
    );
    expect((await app.ask(plain, 'PUT', '/rules/r1', { name: 'm' })).json.code).toBe('ERR_CONTENT_WITHHELD');
    const replaced = await app.ask(plain, 'PUT', '/rules/r1', { name: 'm', data: 'new' });
    expect(replaced.json).toEqual({ id: 'r1', name: 'm', data: null, opaque: true });
    expect((await app.ask(plain, 'PUT', '/rules/r1', { name: 'm', data: 1 }, { 'if-match': '"x"' })).status).toBe(412);
    expect((await app.ask(plain, 'POST', '/rules/r1/copy', {})).json.code).toBe('ERR_CONTENT_WITHHELD');
  });

  it('a guarded router refuses a secret key that would write what others can read', async () => {
    await app.ask(plain, 'POST', '/rules', { id: 'r1', name: 'n', data: 1 });
    expect((await app.ask(secret, 'PUT', '/rules/r1', { name: 'n', data: 'ip' })).json.code).toBe(
      'ERR_NOT_SECRET_TO_YOU',
    );
    expect((await app.ask(secret, 'PUT', '/rules/r1', { name: 'n', data: 'ip' }, { 'if-match': '*' })).status).toBe(
      200,
    );
    expect((await app.ask(secret, 'PUT', '/rules/r2', { name: 'n', data: 'ip' })).status).toBe(200);
    expect((await app.ask(plain, 'GET', '/rules/r2')).json.data).toBeNull();
  });

  it('a guarded router keeps others from changing what is locked, names the holder, and takes over what is unlocked', async () => {
    await app.ask(plain, 'POST', '/rules', { id: 'r1', name: 'n', data: 1 });
    expect((await app.ask(lock, 'PATCH', '/rules/r1', { name: 'held' })).status).toBe(200);
    for (const [method, path, body] of [
      ['PATCH', '/rules/r1', { name: 'x' }],
      ['PUT', '/rules/r1', { name: 'x', data: 1 }],
      ['DELETE', '/rules/r1', undefined],
      ['POST', '/rules/r1/rename', { to: 'r2' }],
    ] as const) {
      const refused = await app.ask(plain, method, path, body);
      expect(refused.status).toBe(403);
      expect(refused.json).toMatchObject({ code: 'ERR_RESOURCE_LOCKED', lockedBy: 'keeper[lock]' });
      expect(refused.json.error).toContain('locked');
    }
    expect((await app.ask(root, 'PATCH', '/rules/r1', { name: 'root' })).status).toBe(200);
    expect((await app.ask(plain, 'PATCH', '/rules/r1', { name: 'x' })).status).toBe(403);
    expect((await app.ask(lock, 'DELETE', '/rules/r1')).status).toBe(204);
    expect((await app.ask(plain, 'POST', '/rules', { id: 'r1', name: 'clean', data: 1 })).status).toBe(201);
    expect((await app.ask(plain, 'PATCH', '/rules/r1', { name: 'y' })).status).toBe(200);
  });

  it('a guarded router gives a lock back when it refuses the update', async () => {
    const failing = await guardedApp({
      express,
      rules: new Map([['r1', { id: 'r1', name: 'n', data: 1 }]]),
      router: () => (req, res) => void res.status(req.method === 'PATCH' ? 422 : 200).json({ id: 'r1' }),
    });
    const keeper = await failing.kit.key({ name: 'k[lock]' });
    const reader = await failing.kit.key();
    expect((await failing.ask(keeper, 'PATCH', '/rules/r1', {})).status).toBe(422);
    expect((await failing.ask(reader, 'DELETE', '/rules/r1')).status).toBe(200);
    await failing.close();
  });

  it('a guarded router moves ownership with a rename, and lets a copy inherit whom it is secret to', async () => {
    await app.ask(secret, 'POST', '/rules', { id: 'r1', name: 'n', data: 'ip' });
    await app.ask(plain, 'POST', '/rules', { id: 'taken', name: 'n', data: 'x' });
    expect((await app.ask(plain, 'POST', '/rules/r1/rename', { to: 'taken' })).status).toBe(409);
    expect((await app.ask(plain, 'POST', '/rules/r1/rename', { to: 'r2' })).json.data).toBeNull();
    expect((await app.ask(plain, 'GET', '/rules/r2')).json).toMatchObject({ data: null, opaque: true });
    expect((await app.ask(plain, 'GET', '/rules/r1')).status).toBe(404);
    expect((await app.ask(secret, 'POST', '/rules/r2/copy', { to: 'r3' })).json.data).toBe('ip');
    expect((await app.ask(secret, 'POST', '/rules/r2/copy')).json.id).toBe('copy-of-r2');
    for (const id of ['r3', 'copy-of-r2']) expect((await app.ask(plain, 'GET', `/rules/${id}`)).json.data).toBeNull();
  });

  it('a resource whose id the service chooses is secret and locked from the first moment', async () => {
    const made = await app.ask(secret, 'POST', '/rules', { name: 'n', data: 'ip' });
    expect(made.json).toMatchObject({ id: 'made-1', data: 'ip' });
    expect((await app.ask(plain, 'GET', '/rules/made-1')).json.data).toBeNull();
    const { intents } = await intentsOf(app);
    expect(intents).toEqual([]);
  });

  it('a guarded router answers every other spelling of an id as missing', async () => {
    await app.ask(plain, 'POST', '/rules', { id: 'abc', name: 'n', data: 1 });
    for (const id of ['%61bc', 'abc%20', 'abc%00', 'abc;x', '..%2fabc', 'abc.', '%E0%A4%A', 'a'.repeat(300), '?abc']) {
      const answer = await app.ask(plain, 'GET', `/rules/${id}`);
      expect(answer.status, id).toBe(id === '?abc' ? 200 : 404);
    }
    for (const id of ['ab c', 'x/y', '?a', '', 7, null, ['abc']]) {
      expect((await app.ask(plain, 'POST', '/rules', { id, name: 'n', data: 1 })).status, String(id)).toBe(400);
    }
    expect((await app.ask(plain, 'PUT', '/rules/abc', { id: 'abd', name: 'n', data: 1 })).status).toBe(400);
    expect([...app.rules.keys()]).toEqual(['abc']);
  });

  it('a guarded router takes no id and no content in a spelling that only the service may understand', async () => {
    await app.ask(secret, 'POST', '/rules', { id: 'r1', name: 'n', data: 'MARKED' });
    for (const member of ['ID', 'Id', ' id', 'id.x', 'id[0]', 'rules.id', '"id"', '\uff49\uff44']) {
      expect((await app.ask(plain, 'PATCH', '/rules/r1', { [member]: 'r2' })).status, member).toBe(400);
      expect((await app.ask(plain, 'POST', '/rules', { [member]: 'r3', name: 'n' })).status, member).toBe(400);
    }
    for (const member of ['DATA', 'data.key', 'data[0]', '$set', '$unset']) {
      const refused = await app.ask(plain, 'PATCH', '/rules/r1', { [member]: { data: 1 } });
      expect(refused.json.code, member).toBe('ERR_CONTENT_WITHHELD');
    }
    const ids = [...app.rules.values()].map((rule) => Object.keys(rule));
    expect(ids).toEqual([['id', 'name', 'data']]);
    expect((await app.ask(plain, 'PATCH', '/rules/r1', { name: 'm', identity: 1, database: 2 })).status).toBe(200);
  });

  it('a guarded router refuses every route that is not on its table', async () => {
    await app.ask(plain, 'POST', '/rules', { id: 'abc', name: 'n', data: 1 });
    for (const [method, path] of [
      ['GET', '/rules/abc/export'],
      ['GET', '/rules/abc/'],
      ['OPTIONS', '/rules/abc'],
      ['POST', '/rules/abc'],
      ['POST', '/rules/abc/Rename'],
      ['PROPFIND', '/rules/abc'],
      ['DELETE', '/rules'],
    ] as const) {
      const answer = await app.ask(plain, method, path);
      expect(answer.status, `${method} ${path}`).toBe(404);
      expect(answer.json.code).toBe('ERR_ROUTE_UNGUARDED');
    }
  });
});

async function intentsOf({ kit }: GuardedApp) {
  return kit.store.read(async (tx) => ({ intents: await tx.find('intent', {}) }));
}
