import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Description that a running app gives of itself. */
interface App {
  readonly port: number;
  readonly oid: string;
  readonly elsewhere: string;
  readonly reader: string;
  readonly token: string;
  readonly writer: string;
  readonly ingestion: string;
}

interface Refusal {
  readonly status: number;
  readonly code: string;
  /** The `error` of the challenge; null = a bare one; absent = none. */
  readonly challenge?: string | null;
}

const MISSING = { status: 401, code: 'ERR_CREDENTIAL_MISSING', challenge: null };
const KEY_INVALID = { status: 401, code: 'ERR_KEY_INVALID', challenge: 'invalid_token' };
const PERMISSION = { status: 401, code: 'ERR_PERMISSION_MISSING', challenge: 'insufficient_scope' };

async function expectRefusal(answer: Response, { status, code, challenge }: Refusal): Promise<Record<string, unknown>> {
  const body = (await answer.json()) as Record<string, unknown>;
  expect(body.code).toBe(code);
  expect(answer.status).toBe(status);
  expect(body).toMatchObject({ status, error: body.detail });
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const shown = answer.headers.get('www-authenticate');
  if (challenge === undefined) expect(shown).toBeNull();
  else if (challenge === null) expect(shown).toBe('Bearer realm="flairgate"');
  else expect(shown).toContain(`error="${challenge}"`);
  return body;
}

describe.each([
  ['Express 4 in CommonJS', 'express-4.cjs'],
  ['Express 5 in ESM', 'express-5.mjs'],
])('%s', (_name, file) => {
  let child: ChildProcess;
  let app: App;
  let errors = '';

  const ask = (path: string, init: RequestInit = {}) => fetch(`http://127.0.0.1:${app.port}${path}`, init);
  const as = (key: string, init: RequestInit = {}) => ({ ...init, headers: { ...init.headers, 'x-api-key': key } });

  beforeAll(async () => {
    const path = fileURLToPath(new URL(file, import.meta.url));
    child = spawn(process.execPath, [path], { stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.stdout === null || child.stderr === null) throw new Error('the app has no output');
    child.stderr.on('data', (chunk) => {
      errors += chunk;
    });
    const [line] = await Promise.race([
      once(createInterface(child.stdout), 'line'),
      once(child, 'exit').then(() => Promise.reject(new Error(errors))),
    ]);
    app = JSON.parse(line);
  });
  afterAll(async () => {
    if (child.exitCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    }
    expect(child.exitCode).toBe(0);
    expect(errors).toBe('');
  });

  it('the gate knows a caller by key and by token', async () => {
    for (const headers of [{ 'x-api-key': app.reader }, { authorization: `Bearer ${app.token}` }]) {
      const answer = await ask('/rules', { headers });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('cache-control')).toBe('private, no-store');
      expect(answer.headers.get('vary')).toBe('x-api-key, Authorization');
    }
  });

  it('the gate refuses callers it does not know', async () => {
    await expectRefusal(await ask('/rules'), MISSING);
    await expectRefusal(await ask('/rules', as('x')), KEY_INVALID);
    const headers = { authorization: 'Bearer a.b.c' };
    await expectRefusal(await ask('/rules', { headers }), { ...KEY_INVALID, code: 'ERR_TOKEN_INVALID' });
    const both = { 'x-api-key': app.reader, authorization: `Bearer ${app.token}` };
    const ambiguous = { status: 400, code: 'ERR_CREDENTIAL_AMBIGUOUS', challenge: 'invalid_request' };
    await expectRefusal(await ask('/rules', { headers: both }), ambiguous);
  });

  it('the gate shows of each resource what the caller may see', async () => {
    const answer = await ask('/rules', as(app.reader));
    expect(await answer.json()).toEqual([
      { id: 'open', oid: app.oid, data: 'seen' },
      { id: 'secret', oid: app.oid, data: null, opaque: true },
    ]);
  });

  it('the gate names the missing permission, and judges the organization of the path', async () => {
    expect((await expectRefusal(await ask('/write', as(app.reader)), PERMISSION)).missing).toEqual(['dr.set']);
    expect((await ask(`/orgs/${app.oid}/rules`, as(app.reader))).status).toBe(200);
    const foreign = await expectRefusal(await ask(`/orgs/${app.elsewhere}/rules`, as(app.reader)), PERMISSION);
    expect(foreign.missing).toEqual(['dr.list']);
  });

  it('the gate runs no handler for a refused request, whatever its method or the spelling of its path', async () => {
    const paths = [
      '/write',
      '/WRITE',
      '/write/',
      '//write',
      '/./write',
      '/%77rite',
      '/write?x=/public',
      '/public/../write',
    ];
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      for (const path of paths) {
        for (const init of [{ method }, as(app.reader, { method }), as('x', { method })]) {
          const { status } = await ask(path, init);
          expect([401, 404], `${method} ${path}`).toContain(status);
        }
      }
    }
    expect(await (await ask('/handled')).json()).toEqual({ handled: 0 });
    expect((await ask('/write', as(app.writer))).status).toBe(200);
    expect(await (await ask('/handled')).json()).toEqual({ handled: 1 });
  });

  it('the gate lets anonymous callers on if the option asks for it, and a bad credential nowhere', async () => {
    expect(await (await ask('/public')).json()).toEqual({ anonymous: true });
    expect(await (await ask('/public', as(app.reader))).json()).toEqual({ anonymous: false });
    await expectRefusal(await ask('/public', as('x')), KEY_INVALID);
  });

  it('the gate accepts an ingestion key only where it is named', async () => {
    expect((await ask('/ingest', as(app.ingestion, { method: 'POST' }))).status).toBe(200);
    await expectRefusal(await ask('/ingest', as(app.writer, { method: 'POST' })), KEY_INVALID);
    await expectRefusal(await ask('/rules', as(app.ingestion)), KEY_INVALID);
  });

  it('the gate reads no credential from a body that was parsed before it', async () => {
    const body = new URLSearchParams({ access_token: app.token });
    await expectRefusal(await ask('/echo', { method: 'POST', body }), MISSING);
    const answer = await ask('/echo', as(app.reader, { method: 'POST', body: new URLSearchParams({ a: 'b' }) }));
    expect(await answer.json()).toEqual({ a: 'b' });
  });

  it('the gate answers what handlers and body parsers throw', async () => {
    const post = (body: string) =>
      as(app.reader, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
    await expectRefusal(await ask('/echo', post('{')), { status: 400, code: 'ERR_VALIDATION' });
    await expectRefusal(await ask('/echo', post(`"${'x'.repeat(200)}"`)), { status: 413, code: 'ERR_BODY_TOO_LARGE' });
    await expectRefusal(await ask('/async', as(app.reader)), { status: 404, code: 'ERR_NOT_FOUND' });
    const fault = await expectRefusal(await ask('/fault', as(app.reader)), { status: 500, code: 'ERR_INTERNAL' });
    expect(JSON.stringify(fault)).not.toContain('fault of the handler');
  });

  it('the gate answers HEAD with the headers of GET and no body', async () => {
    const [get, head] = [await ask('/rules'), await ask('/rules', { method: 'HEAD' })];
    expect(await head.text()).toBe('');
    expect(head.status).toBe(get.status);
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'));
  });

  it('the gate limits calls', async () => {
    const statuses = [];
    for (let n = 0; n < 3; n += 1) statuses.push((await ask('/limited', as(app.reader))).status);
    expect(statuses).toEqual([200, 200, 429]);
  });
});
