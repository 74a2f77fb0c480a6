import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runHere } from '../../packages/cli/test/run-here.js';
import { canStartRedis, type OwnRedis, ownRedis } from '../../packages/stores/test/redis-server.js';
import { type Caller, countOf, createCaller, limitsOf } from './rate-limit/caller.js';
import { firstLine } from './rate-limit/processes.js';

const program = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));

/** `flairgate` in a folder of its own, on a Redis of its own. */
describe.skipIf(!canStartRedis())('flairgate serve with REDIS_URL', { timeout: 90_000 }, () => {
  let folder: string;
  let redis: OwnRedis;
  let children: ChildProcess[] = [];
  let callers: Caller[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
    redis = await ownRedis();
  });
  afterEach(async () => {
    for (const caller of callers) caller.close();
    for (const child of children) {
      if (child.exitCode !== null) continue;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
      expect(child.exitCode).toBe(0);
    }
    [children, callers] = [[], []];
    await redis.kill();
    await rm(folder, { recursive: true });
  });

  const environment = (more: object = {}) => ({
    PATH: process.env.PATH ?? '',
    FLAIRGATE_DATA: folder,
    REDIS_URL: redis.url,
    ...more,
  });

  async function serve(more: object): Promise<Caller> {
    const args = [program, 'serve', '--port', '0', '--json'];
    const child = spawn(process.execPath, args, { cwd: folder, env: environment(more) });
    children.push(child);
    let errors = '';
    child.stderr.on('data', (part) => {
      errors += part;
    });
    const { url } = JSON.parse(await firstLine(child, () => errors));
    const caller = createCaller(Number(new URL(url).port));
    callers.push(caller);
    return caller;
  }

  async function command(...args: string[]): Promise<Record<string, string>> {
    const { exit, stdout, stderr } = await runHere([...args, '--json'], environment());
    if (exit !== 0) throw new Error(stderr);
    return JSON.parse(stdout);
  }

  async function newKey(name: string): Promise<{ oid: string; key: string; hash: string }> {
    const { oid = '' } = await command('org', 'create', '--name', name);
    const { key = '', key_hash: hash = '' } = await command('key', 'create', '--org', oid, '--name', name);
    return { oid, key, hash };
  }

  it('flairgate serve with REDIS_URL counts the calls and the guesses of two processes together, by the limits of the environment', async () => {
    await redis.start();
    const limits = { FLAIRGATE_LIMIT: '30', FLAIRGATE_WINDOW_SECONDS: '600', FLAIRGATE_FAILURE_LIMIT: '10' };
    const [a, b] = [await serve(limits), await serve(limits)];
    const [plain, bulk] = [await newKey('plain'), await newKey('much[bulk]')];
    const who = async (caller: Caller, key: string) => caller.get({ 'x-api-key': key }, '/v1/who');
    const times = async (count: number, key: string) => {
      const answers = [];
      for (let n = 0; n < count; n += 1) answers.push(await who(n % 2 === 0 ? a : b, key));
      return answers;
    };
    const answers = await times(40, plain.key);
    expect([countOf(answers, 200), countOf(answers, 429)]).toEqual([30, 10]);
    expect(limitsOf(await who(a, bulk.key)).calls).toMatchObject({ quota: 300, windowSeconds: 600 });
    const guesses = await times(14, 'a guess');
    expect([countOf(guesses, 401), countOf(guesses, 429)]).toEqual([10, 4]);
    const exchanged = await a.post('/jwt', { oid: plain.oid, secret: plain.key });
    expect(exchanged.status).toBe(200);
  });

  it('flairgate serve with REDIS_URL takes ten times the limit in force for bulk keys unless that is given', async () => {
    await redis.start();
    const caller = await serve({ FLAIRGATE_LIMIT: '30', FLAIRGATE_BULK_LIMIT: '70' });
    const { key } = await newKey('much[bulk]');
    const answer = await caller.get({ 'x-api-key': key }, '/v1/who');
    expect(limitsOf(answer).calls).toMatchObject({ quota: 70, windowSeconds: 60 });
  });

  it('flairgate serve with REDIS_URL starts and answers without Redis, and commands work', async () => {
    const caller = await serve({ FLAIRGATE_LIMIT: '3' });
    const { oid, key, hash } = await newKey('plain');
    const statuses = [];
    for (let n = 0; n < 4; n += 1) statuses.push((await caller.get({ 'x-api-key': key }, '/v1/who')).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    await command('key', 'revoke', '--org', oid, '--hash', hash);
    expect((await caller.get({ 'x-api-key': key }, '/v1/who')).status).toBe(401);
  });

  it('flairgate serve with REDIS_URL stops with one line that names the variable, not the password, where Redis refuses the user', async () => {
    await redis.start();
    const url = redis.url.replace('redis://', 'redis://nobody:marked-secret@');
    const failed = promisify(execFile)(process.execPath, [program, 'serve', '--port', '0'], {
      cwd: folder,
      env: environment({ REDIS_URL: url }),
    });
    const { stderr } = await failed.then(
      () => ({ stderr: 'it did not stop' }),
      (error: { stderr: string }) => error,
    );
    expect(stderr).toMatch(/^REDIS_URL: Redis refuses its user, password or database$/m);
    expect(stderr).not.toContain('marked-secret');
  });
});
