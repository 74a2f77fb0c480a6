import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runHere } from '../../packages/cli/test/run-here.js';
import { leaks } from './secrets-nowhere/leaks.ts';

const program = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));
const masterKey = randomBytes(32).toString('base64url');
const tokenSecret = randomBytes(36).toString('base64url');

let folder: string;
let service: ChildProcess;
let url: string;
/** Everything that was printed, and every answer that is not the one that shows a secret. */
let printed = '';
let answers = '';
/** Every secret of the run. */
let secrets: string[] = [];

const env = () => ({
  PATH: process.env.PATH ?? '',
  PORT: '0',
  FLAIRGATE_DATA: folder,
  FLAIRGATE_MASTER_KEY: masterKey,
  FLAIRGATE_TOKEN_SECRET: tokenSecret,
});

/** Runs the command line; `shows` says that its answer is the one that shows a key. */
async function cli(args: readonly string[], shows = false): Promise<Readonly<Record<string, unknown>>> {
  const [stdout, stderr] = await new Promise<readonly [string, string]>((resolve) => {
    execFile(process.execPath, [program, ...args, '--json'], { env: env(), cwd: folder }, (_, out, err) =>
      resolve([out, err]),
    );
  });
  const answer = JSON.parse(stdout);
  if (shows) secrets.push(answer.key);
  else printed += stdout;
  printed += stderr;
  return answer;
}

/** Runs a command that changes nothing, in this process: a start of the program would take longer than ten of them. */
async function cliHere(args: readonly string[]): Promise<void> {
  const { stdout, stderr } = await runHere([...args, '--json'], env());
  printed += stdout + stderr;
}

interface Sent {
  readonly key?: string;
  readonly token?: string;
  readonly form?: Readonly<Record<string, string>>;
  readonly method?: string;
}

/** Sends a request; `shown` names the member of the answer that is a secret, shown this once. */
async function send(
  path: string,
  { key, token, form, method }: Sent,
  shown?: string,
): Promise<Record<string, unknown>> {
  const response = await fetch(url + path, {
    method: method ?? (form === undefined ? 'GET' : 'POST'),
    headers: {
      ...(key === undefined ? {} : { 'x-api-key': key }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(form === undefined ? {} : { body: new URLSearchParams(form) }),
  });
  const text = await response.text();
  const body = text.startsWith('{') ? JSON.parse(text) : {};
  if (shown !== undefined) {
    expect(body[shown]).toEqual(expect.any(String));
    // Claims of a token are no secret; its signature is.
    secrets.push(String(body[shown]).split('.').at(-1) ?? '');
  }
  const rest = shown === undefined ? text : text.replaceAll(String(body[shown]), '');
  answers += `${JSON.stringify([...response.headers])}\n${rest}\n`;
  return body;
}

/** Every kind of call that a secret goes through, right, wrong and refused. */
async function everyCall(): Promise<void> {
  const { oid: made } = await cli(['org', 'create', '--name', 'Acme', '--owner', 'owner@example.com']);
  const oid = String(made);
  const { uid: person } = await cli(['user', 'create', '--email', 'person@example.com']);
  const uid = String(person);
  await cli(['user', 'join', '--user', uid, '--org', oid, '--role', 'owner']);
  const grants = ['apikey.ctrl', 'ingestkey.ctrl', 'audit.get', 'dr.list', 'user.ctrl'].flatMap((name) => [
    '--permission',
    name,
  ]);
  const manager = await cli(['key', 'create', '--org', oid, '--name', 'manager', ...grants], true);
  const key = String(manager.key);
  const trap = ['key', 'create', '--org', oid, '--name', 'trap[segment]', '--format', 'uuid', '--honeytoken'];
  const honeytoken = String((await cli(trap, true)).key);
  const own = String((await cli(['key', 'create', '--user', uid, '--name', 'laptop'], true)).key);
  const rotate = ['key', 'rotate', '--org', oid, '--hash', String(manager.key_hash), '--overlap-seconds', '600'];
  const rotated = String((await cli(rotate, true)).key);

  const keys = `/v1/orgs/${oid}/keys`;
  const form = { key_name: 'over http[secret]', perms: 'dr.list' };
  const created = await send(keys, { key, form: { ...form, description: 'marked' } }, 'api_key');
  await send(keys, { key, form });
  await send(
    `${keys}/${created.key_hash}/rotate`,
    { key: String(created.api_key), form: { overlap: '60' } },
    'api_key',
  );
  await send(`/v1/insight/${oid}/ingestion_keys`, { key: rotated, form: { name: 'push' } }, 'key');
  await send('/v1/user/keys', { key: own, form: { key_name: 'second' } }, 'api_key');
  const { jwt } = await send('/jwt', { form: { oid, secret: key } }, 'jwt');
  await send(`/jwt?uid=${uid}&secret=${own}`, {}, 'jwt');
  await send('/user_key_info', { form: { uid, secret: own, with_names: 'true' } });

  const wrong = [`${key}x`, key.slice(0, -1), key.toLowerCase(), `${own} ${own}`, `Bearer ${rotated}`];
  for (const secret of wrong) {
    await send('/jwt', { form: { oid, secret } });
    await send(`/v1/who?secret=${encodeURIComponent(secret)}`, { key: secret.trim() });
    await send('/v1/who', { token: secret.replaceAll(' ', '') });
    await cliHere(['key', 'inspect', secret]);
    await cliHere(['key', 'revoke', '--org', oid, '--hash', secret]);
  }
  await send('/v1/who', { key: honeytoken });
  await send('/v1/who', { key, token: String(jwt) });
  await send('/v1/who', { token: `${jwt}x` });
  await send(`/v1/orgs/${key}/keys`, { key });
  await send(keys, { key, form: { key_hash: key }, method: 'DELETE' });
  await send(keys, { key, form: { key_name: `${key}[segement]`, perms: key } });
  for (const path of ['/v1/who', keys, `/v1/insight/${oid}/ingestion_keys`, `/v1/orgs/${oid}/audit`]) {
    await send(path, { key });
    await send(path, { token: String(jwt) });
  }
  await cliHere(['key', 'list', '--org', oid]);
  await cli(['master-key', 'rotate', '--new-key-file', join(folder, 'missing', key)]);
}

describe('no secret', { timeout: 180_000 }, () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flairgate-secrets-'));
    [printed, answers, secrets] = ['', '', [masterKey, tokenSecret]];
    service = spawn(process.execPath, [program, 'serve'], { env: env(), cwd: folder });
    const note = (part: Buffer) => {
      printed += part.toString('utf8');
    };
    service.stdout?.on('data', note);
    service.stderr?.on('data', note);
    await expect.poll(() => printed, { timeout: 20_000 }).toMatch(/serves (http:\S+?)[;\s]/);
    url = /serves (http:\S+?)[;\s]/.exec(printed)?.[1] ?? '';
  });

  afterEach(async () => {
    if (service.exitCode === null) service.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  it('no secret nor 12 characters of one stand anywhere but in the answer that shows it', async () => {
    await everyCall();
    expect(secrets.length).toBeGreaterThan(10);
    const files = (await readdir(folder)).filter((name) => name.startsWith('flairgate.db'));
    expect(files).toContain('flairgate.db-wal');
    const found = async (when: string) => {
      const places: [string, string][] = [
        ['the logs', printed],
        ['the answers', answers],
      ];
      for (const name of files.filter((file) => existsSync(join(folder, file))))
        places.push([`${name} ${when}`, await readFile(join(folder, name), 'latin1')]);
      return places.filter(([, text]) => leaks(secrets, text)).map(([name]) => name);
    };
    expect(await found('while it runs')).toEqual([]);
    const stopped = once(service, 'exit');
    service.kill('SIGTERM');
    await stopped;
    expect(printed).toContain('a honeytoken was used');
    expect(await found('when it has stopped')).toEqual([]);
    expect(files).not.toContain('flairgate.db.master-key');
  });
});

describe('the search finds', () => {
  const secret = 'fg_abcdefghijKLMNOPQRSTUVWXYZ0123456789zyxwvut';
  const part = secret.slice(20, 32);
  it.each([
    ['the text', part],
    ['base64, wherever it begins', Buffer.from(`ab${part}`).toString('base64')],
    ['base64url', Buffer.from(`?>${part}?>`).toString('base64url')],
    ['hexadecimal, at an odd place', `a${Buffer.from(part).toString('hex')}`],
    ['percent form', Array.from(part, (character) => `%${character.charCodeAt(0).toString(16)}`).join('')],
    ['the text backwards', Array.from(part).reverse().join('')],
  ])('the search for secrets finds %s', (_, text) => {
    expect(leaks([secret], `before ${text} after`)).toBe(true);
  });

  it('the search for secrets finds nothing in 11 characters, nor in a public id', () => {
    expect(leaks([secret], `before ${part.slice(1)} after ${secret.slice(0, 13)}`)).toBe(false);
  });
});
