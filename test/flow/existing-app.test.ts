import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../examples/existing-app/src/main.js', import.meta.url));

describe('examples/existing-app', () => {
  let folder: string;
  let child: ChildProcess;
  let printed = '';
  let logged = '';
  const said = (pattern: RegExp) => pattern.exec(printed)?.[1] ?? '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flairgate-existing-app-'));
    const env = { PATH: process.env.PATH, PORT: '0', FLAIRGATE_DATABASE: join(folder, 'flairgate.db') };
    child = spawn(process.execPath, [program], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stderr?.on('data', (part) => {
      logged += part;
    });
    child.stdout?.on('data', (part) => {
      printed += part;
    });
    const exited = once(child, 'exit');
    while (!printed.includes('listening')) {
      const ended = await Promise.race([exited, once(child.stdout ?? child, 'data').then(() => undefined)]);
      if (ended !== undefined) throw new Error(`it stopped: ${printed}${logged}`);
    }
  }, 60_000);

  afterAll(async () => {
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    await rm(folder, { recursive: true, force: true });
  });

  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`http://127.0.0.1:${said(/listening on (\d+)/)}${path}`, init);

  it('examples/existing-app lets a key and a token of it in, creates what is sent, and refuses others with a problem document', async () => {
    const key = said(/key (\S+)/);
    const json = { 'x-api-key': key, 'content-type': 'application/json' };
    const created = await ask('/api/orders', { method: 'POST', headers: json, body: '{"item":"tea"}' });
    expect([created.status, await created.json()]).toEqual([201, { item: 'tea' }]);
    const body = new URLSearchParams({ oid: said(/organization ([^,]+)/), secret: key });
    const { jwt } = (await (await ask('/jwt', { method: 'POST', body })).json()) as { readonly jwt: string };
    const listed = await ask('/api/orders', { headers: { authorization: `Bearer ${jwt}` } });
    expect(await listed.json()).toMatchObject({ you: 'first', orders: [{ item: 'tea' }] });
    const refused = await ask('/api/orders');
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'ERR_CREDENTIAL_MISSING' }]);
    expect(refused.headers.get('x-frame-options')).toBe('SAMEORIGIN');
    expect(refused.headers.get('set-cookie')).toBeNull();
  });

  it('examples/existing-app leaves sessions as they were', async () => {
    expect((await ask('/profile')).status).toBe(403);
    const form = (password: string) => ({ method: 'POST', body: new URLSearchParams({ username: 'ann', password }) });
    expect((await ask('/login', form('wrong'))).status).toBe(401);
    const signedIn = await ask('/login', form(said(/password (\S+)/)));
    expect(signedIn.status).toBe(200);
    const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';', 1).join();
    const profile = await ask('/profile', { headers: { cookie, 'x-api-key': said(/key (\S+)/) } });
    expect(await profile.json()).toEqual({ name: 'ann' });
    expect((await ask('/api/orders', { headers: { cookie } })).status).toBe(401);
  });

  it('examples/existing-app passes errors of pages and of the API to the error handler of the app, and preflights to cors', async () => {
    for (const [path, message] of [
      ['/broken', 'a page is broken'],
      ['/api/broken', 'the API is broken'],
    ] as const) {
      const answer = await ask(path, { headers: { 'x-api-key': said(/key (\S+)/) } });
      expect([answer.status, await answer.text()]).toEqual([500, 'sorry']);
      expect(logged).toContain(`reported: ${message}`);
    }
    const headers = { origin: 'https://pages.example', 'access-control-request-method': 'POST' };
    expect((await ask('/api/orders', { method: 'OPTIONS', headers })).status).toBe(204);
    expect((await ask('/nothing')).status).toBe(404);
  });
});
