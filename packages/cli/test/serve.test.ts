import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanEnvironment, oneObject, program, type Workplace, workplace } from './flairgate.js';

const timeout = 60_000;

interface Running {
  readonly url: string;
  readonly text: () => { readonly out: string; readonly err: string };
  /** Sends SIGTERM and gives the exit code. */
  stop(): Promise<number | null>;
}

let place: Workplace;
let running: ChildProcess[] = [];

beforeEach(async () => {
  place = await workplace();
});
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  running = [];
  await place.remove();
});

function serve(args: readonly string[] = ['--port', '0'], env = {}): Promise<Running> {
  return run([program, 'serve', ...args, '--json'], env);
}

async function run(args: readonly string[], env = {}): Promise<Running> {
  const child = spawn(process.execPath, args, { cwd: place.folder, env: cleanEnvironment(env) });
  running.push(child);
  let out = '';
  let err = '';
  child.stderr.on('data', (part) => {
    err += part;
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (part) => {
      out += part;
      if (out.includes('\n')) resolve();
    });
    child.once('exit', () => reject(new Error(`it stopped: ${out}${err}`)));
  });
  return {
    url: String(oneObject(out).url),
    text: () => ({ out, err }),
    stop() {
      child.kill('SIGTERM');
      return new Promise((resolve) => child.once('exit', resolve));
    },
  };
}

async function keyOf(permissions: readonly string[]) {
  const { oid } = await place.json(['org', 'create', '--name', 'Acme']);
  const granted = permissions.flatMap((name) => ['--permission', name]);
  const made = await place.json(['key', 'create', '--org', String(oid), '--name', 'marked', ...granted]);
  return { oid: String(oid), key: String(made.key), hash: String(made.key_hash) };
}

const decoded = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));

const who = (url: string, key: string) => fetch(`${url}/v1/who`, { headers: { 'x-api-key': key } });

describe('serve', { timeout }, () => {
  it('serve sees at its next request what another process changed', async () => {
    const { url } = await serve();
    const { oid, key, hash } = await keyOf(['dr.list']);
    expect(await (await who(url, key)).json()).toEqual({ ident: 'marked', orgs: [oid], perms: ['dr.list'] });
    const exchanged = await fetch(`${url}/jwt`, { method: 'POST', body: new URLSearchParams({ oid, secret: key }) });
    const { jwt } = (await exchanged.json()) as { jwt: string };
    const bearer = () => fetch(`${url}/v1/who`, { headers: { authorization: `Bearer ${jwt}` } });
    expect((await bearer()).status).toBe(200);
    await place.json(['key', 'revoke', '--org', oid, '--hash', hash]);
    expect((await who(url, key)).status).toBe(401);
    expect((await bearer()).status).toBe(401);
  });

  it('serve lists keys in the very entries of `key list`', async () => {
    const { url } = await serve();
    const { oid, key } = await keyOf(['apikey.ctrl', 'dr.*']);
    const listed = await fetch(`${url}/v1/orgs/${oid}/keys`, { headers: { 'x-api-key': key } });
    const { items } = (await place.json(['key', 'list', '--org', oid])) as { items: readonly { key_hash: string }[] };
    const entries = items.map(({ key_hash: hash, ...entry }) => [hash, entry]);
    expect(await listed.json()).toEqual({ api_keys: Object.fromEntries(entries) });
  });

  it.each([
    ['the option', ['--port', '0', '--key-format', 'uuid'], {}, ''],
    ['the environment', ['--port', '0'], { FLAIRGATE_KEY_FORMAT: 'uuid' }, 'keys:\n  format: fg\n'],
    ['the file', ['--port', '0'], {}, 'keys:\n  format: uuid\n'],
  ])('serve creates UUID keys where %s says so', async (_, args, env, file) => {
    const { writeFile } = await import('node:fs/promises');
    const config = `${place.folder}/keys.yml`;
    await writeFile(config, file);
    const { url } = await serve(args, { ...env, FLAIRGATE_CONFIG: config });
    const { oid, key } = await keyOf(['apikey.ctrl']);
    const body = new URLSearchParams({ key_name: 'go' });
    const made = await fetch(`${url}/v1/orgs/${oid}/keys`, { method: 'POST', headers: { 'x-api-key': key }, body });
    expect(Reflect.get(await made.json(), 'api_key')).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  });

  it("serve signs with RS256, for LimaCharlie's audience and up to eight hours, if the configuration says so", async () => {
    const { writeFile } = await import('node:fs/promises');
    const config = `${place.folder}/tokens.yml`;
    await writeFile(config, 'tokens:\n  algorithm: RS256\n  max_seconds: 28800\n');
    const { url } = await serve(undefined, { FLAIRGATE_CONFIG: config, FLAIRGATE_AUDIENCE: 'lce_control_plane' });
    const { oid, key } = await keyOf(['dr.list']);
    const body = new URLSearchParams({ oid, secret: key, expiry: '28800' });
    const answer = await (await fetch(url, { method: 'POST', body })).json();
    expect(Object.keys(answer)).toEqual(['jwt']);
    const [header, claims] = Reflect.get(answer, 'jwt').split('.').slice(0, 2).map(decoded);
    expect(header.alg).toBe('RS256');
    expect(claims.aud).toBe('lce_control_plane');
    expect(claims.exp - claims.iat).toBe(28_800);
    const headers = { authorization: `Bearer ${Reflect.get(answer, 'jwt')}` };
    expect((await fetch(`${url}/v1/who`, { headers })).status).toBe(200);
  });

  it('serve says when a token is valid for less than it was asked for, and until when', async () => {
    const { url } = await serve();
    const { oid, key } = await keyOf(['dr.list']);
    const exchange = async (expiry: string) => {
      const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ oid, secret: key, expiry }) });
      const { jwt, ...beside } = Object(await answer.json());
      const { iat, exp } = decoded(String(jwt).split('.')[1] ?? '');
      return { lifetime: exp - iat, exp, beside };
    };
    const cut = await exchange('28800');
    expect(cut).toMatchObject({ lifetime: 3600, beside: { expires: cut.exp, cut: true } });
    expect(await exchange('3600')).toMatchObject({ lifetime: 3600, beside: {} });
  });

  it('serve shows ingestion keys again only where its configuration says so', async () => {
    const { writeFile } = await import('node:fs/promises');
    const file = `${place.folder}/readable.yml`;
    await writeFile(file, 'ingestion_keys:\n  readable: true\n');
    const readable = await serve(undefined, { FLAIRGATE_CONFIG: file });
    const { oid, key } = await keyOf(['ingestkey.ctrl']);
    const path = `/v1/insight/${oid}/ingestion_keys`;
    const headers = { 'x-api-key': key };
    const body = new URLSearchParams({ name: 'push' });
    const made = (await (await fetch(`${readable.url}${path}`, { method: 'POST', headers, body })).json()) as object;
    const listed = async (url: string) => (await (await fetch(`${url}${path}`, { headers })).json()) as object;
    expect(await listed(readable.url)).toEqual({ keys: { push: Reflect.get(made, 'key') } });
    await readable.stop();
    const masked = await serve();
    expect(JSON.stringify(await listed(masked.url))).not.toContain(Reflect.get(made, 'key'));
  });

  it('serve reads the address of the caller from the proxies that it is told to trust', async () => {
    const { oid } = await keyOf(['dr.list']);
    const bound = ['--permission', 'dr.list', '--range', '203.0.113.0/24'];
    const { key } = await place.json(['key', 'create', '--org', oid, '--name', 'office', ...bound]);
    const forwarded = { 'x-forwarded-for': '203.0.113.9:50001' };
    const statusAt = async (url: string, text: unknown, headers: Record<string, string>) =>
      (await fetch(`${url}/v1/who`, { headers: { 'x-api-key': String(text), ...headers } })).status;

    const trusting = await serve(undefined, { FLAIRGATE_TRUST_PROXY: '1', FLAIRGATE_FAILURE_LIMIT: '3' });
    expect(await statusAt(trusting.url, key, forwarded)).toBe(200);
    expect(await statusAt(trusting.url, key, {})).toBe(401);
    const guesses = [1, 2, 3, 4].map((n) =>
      statusAt(trusting.url, `wrong-wrong-wrong-${n}`, { 'x-forwarded-for': `198.51.100.${n}` }),
    );
    expect(await Promise.all(guesses)).toEqual([401, 401, 401, 401]);
    await trusting.stop();
    expect(trusting.text().err).not.toContain('no proxy is trusted');

    const alone = await serve();
    expect(await statusAt(alone.url, key, forwarded)).toBe(401);
    expect(await statusAt(alone.url, key, forwarded)).toBe(401);
    await alone.stop();
    expect(alone.text().err.match(/no proxy is trusted; set FLAIRGATE_TRUST_PROXY/g)).toHaveLength(1);
  });

  it.each(['true', '0', '0.0.0.0/0', 'everybody'])('serve refuses every address as a proxy: %s', async (given) => {
    const { exit, stderr } = await place.run(['serve', '--port', '0'], { FLAIRGATE_TRUST_PROXY: given });
    expect(exit).toBe(1);
    expect(stderr).toMatch(/FLAIRGATE_TRUST_PROXY or proxies\.trust: must /);
  });

  it('serve answers what it has begun before it stops, accepts nothing more, and then exits with 0', async () => {
    const service = await serve();
    const { hostname, port } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    const body = 'oid=-&secret=none';
    const head = ['POST /jwt HTTP/1.1', `Host: ${hostname}`, 'Content-Type: application/x-www-form-urlencoded'];
    socket.write([...head, `Content-Length: ${body.length}`, '', body.slice(0, 5)].join('\r\n'));
    await fetch(`${service.url}/healthz`);
    const exit = service.stop();
    await expect.poll(() => service.text().err, { timeout: 10_000 }).toContain('stopping');
    const refused = () =>
      fetch(`${service.url}/healthz`).then(
        () => 'answered',
        () => 'refused',
      );
    await expect.poll(refused, { timeout: 10_000 }).toBe('refused');
    socket.end(body.slice(5));
    const answer = Buffer.concat(await socket.toArray()).toString();
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(answer).toMatch(/\r\nConnection: close\r\n/i);
    expect(await exit).toBe(0);
  });

  it('serve answers every request that was sent before it was told to stop, and closes those connections', async () => {
    const service = await serve();
    const { hostname, port } = new URL(service.url);
    const child = running.at(-1);
    const request = `GET /healthz HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`;
    const open = async () => {
      const socket = connect(Number(port), hostname);
      await once(socket, 'connect');
      return socket;
    };
    const kept = await Promise.all(Array.from({ length: 30 }, open));
    for (const socket of kept) {
      socket.write(request);
      await once(socket, 'data');
    }
    // The process stands still, so that it has read none of these when it hears that it is to stop.
    child?.kill('SIGSTOP');
    const fresh = await Promise.all(Array.from({ length: 30 }, open));
    const answers = [...kept, ...fresh].map(async (socket) => {
      socket.write(request);
      return Buffer.concat(await socket.toArray()).toString();
    });
    const exit = service.stop();
    child?.kill('SIGCONT');
    for (const answer of await Promise.all(answers)) {
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    }
    expect(await exit).toBe(0);
  });

  it('serve says why it answers 503 when its database is deleted, once, and acknowledges nothing that would be lost', async () => {
    const service = await serve();
    const { oid, key } = await keyOf(['apikey.ctrl', 'dr.list']);
    expect((await who(service.url, key)).status).toBe(200);
    await rm(`${place.folder}/.flairgate/flairgate.db`);
    const body = new URLSearchParams({ key_name: 'lost' });
    const headers = { 'x-api-key': key };
    for (let at = 0; at < 3; at++) {
      const made = await fetch(`${service.url}/v1/orgs/${oid}/keys`, { method: 'POST', headers, body });
      expect(made.status).toBe(503);
    }
    await expect.poll(async () => (await fetch(`${service.url}/readyz`)).status, { timeout: 10_000 }).toBe(503);
    await service.stop();
    const lines = service
      .text()
      .err.trim()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line));
    const cause = 'the database file was deleted or replaced; stop this process and put the file back';
    expect(lines.filter(({ msg }) => msg === 'unavailable')).toMatchObject([{ cause }]);
    const [summary] = lines.filter(({ msg }) => msg === 'summary').slice(-1);
    expect(summary.unavailable[cause]).toBeGreaterThanOrEqual(4);

    const { stderr } = await place.run(['org', 'create', '--name', 'New']);
    expect(stderr).toMatch(/master-key is there, but .*flairgate\.db is missing or empty: a new database is created/);
  });

  it('serve closes the rest where one part cannot be closed, and exits with 1', async () => {
    const library = new URL('../dist/index.js', import.meta.url).href;
    const stuck = `() => Promise.reject(new Error('stuck'))`;
    const text = `import { start } from '${library}';
      await start({ port: 0, json: true }, async () => ({ handlers: [], lines: [], close: ${stuck} }));`;
    const service = await run(['--input-type=module', '--eval', text]);
    const { oid, key, hash } = await keyOf(['dr.list']);
    expect((await who(service.url, key)).status).toBe(200);
    expect(await service.stop()).toBe(1);
    const { items } = await place.json(['key', 'list', '--org', oid]);
    expect(items).toMatchObject([{ key_hash: hash, last_used: expect.any(Number) }]);
  });

  it('serve keeps the issuer of its first start', async () => {
    const first = await serve();
    const issuer = oneObject(first.text().out).issuer;
    expect(issuer).toBe(first.url);
    await first.stop();
    const second = await serve();
    expect(second.url).not.toBe(first.url);
    expect(oneObject(second.text().out).issuer).toBe(issuer);
  });

  it('serve writes no key, token, header, query or path into its log', async () => {
    const service = await serve();
    const { oid, key } = await keyOf(['dr.list']);
    const answer = await fetch(`${service.url}/jwt?oid=${oid}&secret=${key}`);
    const { jwt } = (await answer.json()) as { jwt: string };
    await fetch(`${service.url}/marked-path?secret=${key}`, { headers: { 'x-marked': key } });
    await fetch(`${service.url}/v1/who`, { headers: { authorization: `Bearer ${jwt}x` } });
    await fetch(`${service.url}/v1/who`, { headers: { 'x-api-key': `${key}x` } });
    await service.stop();
    const { out, err } = service.text();
    expect(err).toContain('ERR_TOKEN_INVALID');
    for (const mark of [key.slice(13), jwt.slice(-40), 'marked']) expect(out + err).not.toContain(mark);
  });

  it('serve meets a token that is too large with its own answer, up to what Node reads', async () => {
    const { url } = await serve();
    const answer = await fetch(`${url}/v1/who`, { headers: { authorization: `Bearer ${'a'.repeat(16_000)}` } });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ code: 'ERR_TOKEN_TOO_LARGE', bytes: 16_000, limit: 8192 });
  });
});

describe('serve stops with one line', { timeout }, () => {
  const stops = async (
    line: RegExp,
    env: Readonly<Record<string, string>>,
    args: readonly string[] = [],
    run: Workplace['start'] = place.start,
  ) => {
    const { exit, stdout, stderr } = await run(['serve', ...args], { PORT: '0', ...env });
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr.replace(/^created .*\n/, '')).toMatch(/^[^\n]+\n$/);
    expect(stderr).toMatch(line);
  };

  it('serve stops with one line on a port in use, having made nothing', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    await stops(new RegExp(`^PORT: ${port} on 127\\.0\\.0\\.1 is in use; choose another`), { PORT: port });
    await stops(/in use/, {}, ['--port', port]);
    const { stdout } = await place.start(['serve', '--json'], { PORT: port });
    expect(oneObject(stdout)).toEqual({ error: expect.stringMatching(/in use/), code: 'ERR_OPTION' });
    other.close();
  });

  it('serve stops with one line on an address that is not of this machine', () =>
    stops(/^HOST: /, { HOST: '203.0.113.1' }, [], place.run));

  it('serve stops with one line on a weak secret, never showing it', () =>
    stops(/FLAIRGATE_TOKEN_SECRET(?!.*marked)/, { FLAIRGATE_TOKEN_SECRET: 'marked' }, [], place.run));

  it('serve stops with one line on an issuer or an audience that differs, naming both', async () => {
    const env = { FLAIRGATE_ISSUER: 'https://a.example', FLAIRGATE_AUDIENCE: 'one' };
    await (await serve(undefined, env)).stop();
    await stops(/issuer.*a\.example.*b\.example/, { ...env, FLAIRGATE_ISSUER: 'https://b.example' });
    await stops(/audience.*one.*two/, { ...env, FLAIRGATE_AUDIENCE: 'two' });
  });

  it('serve stops with one line on a configuration it does not understand, naming the nearest', async () => {
    await stops(/no\.yml: cannot be read/, {}, ['--config', 'no.yml']);
    const { writeFile } = await import('node:fs/promises');
    const file = `${place.folder}/config.yml`;
    const cases: readonly (readonly [string, RegExp])[] = [
      ['authentification:\n  api_key_rounds_no: 30000\n', /authentification.*did you mean `authentication`/],
      ['authentication:\n  api_key_round: 30000\n', /did you mean `api_key_rounds_no`/],
      ['authentication:\n  api_key_rounds_no: 999\n', /api_key_rounds_no: must be an integer from 1000 to 10000000/],
      ['keys:\n  format: UUID\n', /keys\.format: must be fg or uuid/],
      ['tokens:\n  max_seconds: 0\n', /tokens\.max_seconds: must be an integer from 1 to 86400/],
      ['tokens:\n  algorithm: none\n', /tokens\.algorithm: must be ES256 or RS256/],
      ['ingestion_keys:\n  readible: true\n', /did you mean `readable`/],
      ['ingestion_keys:\n  readable: hidden\n', /must be true or false(?!.*hidden)/],
      ['limits:\n  userKey: 5\n', /did you mean `userKeys`/],
      ['limits:\n  userKeys: -1\n', /limits\.userKeys: must be an integer from 0/],
      ['limits:\n  groupDepth: 17\n', /limits\.groupDepth: must be an integer from 0 to 16/],
      ['authentication: [hidden\n', /is not YAML(?!.*hidden)/],
    ];
    for (const [text, line] of cases) {
      await writeFile(file, text);
      await stops(line, { FLAIRGATE_CONFIG: file }, [], place.run);
    }
  });
});
