import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { masterKey } from '../../../packages/stores/test/databases.js';
import { COMMAND, makeDatabase } from '../../cluster/processes.ts';
import { type DemoFolder, demoFolder, type RunningDemo } from '../running-demo.ts';
import { fakeGithub, type KeySetServer, serveKeySet } from './fake-github.ts';

const AUDIENCE = 'https://api.example.com';
const MATCHES = ['repository_id=74', 'ref=refs/heads/main'];
const github = fakeGithub();
const run = promisify(execFile);

/** Status and body of an answer. */
interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function curl(...args: readonly string[]): Promise<Answer> {
  const { stdout } = await run('curl', ['-sS', '--max-time', '20', '-w', '\n%{http_code}', ...args]);
  const at = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(at + 1)), body: JSON.parse(stdout.slice(0, at)) };
}

/** Exchanges a token of the issuer, as a job does. */
function exchange({ url }: RunningDemo, federation: string, token: string): Promise<Answer> {
  return curl(
    `${url}/oauth/token`,
    ...['-d', 'grant_type=urn:ietf:params:oauth:grant-type:token-exchange'],
    ...['-d', 'subject_token_type=urn:ietf:params:oauth:token-type:id_token'],
    ...['-d', `subject_token=${token}`, '-d', `federation_id=${federation}`],
  );
}

describe.each(['SQLite', 'PostgreSQL'] as const)('a job and two processes on one database of %s', (kind) => {
  let folder: DemoFolder;
  let keySet: KeySetServer;
  let removeDatabase: () => Promise<void> = async () => undefined;
  let env: Readonly<Record<string, string>>;
  let first: RunningDemo;
  let second: RunningDemo;
  let manager: string;

  beforeAll(async () => {
    keySet = await serveKeySet();
    folder = await demoFolder();
    const issuer = { issuer: github.issuer, provider: 'github-actions', jwks_uri: keySet.url };
    const config = join(folder.path, 'flairgate.yaml');
    await writeFile(config, JSON.stringify({ federation: { issuers: [issuer] } }));
    env = { FLAIRGATE_CONFIG: config, FLAIRGATE_MASTER_KEY: masterKey.toString('hex') };
    if (kind === 'PostgreSQL') {
      const database = await makeDatabase();
      removeDatabase = database.remove;
      env = { ...env, DATABASE_URL: database.url };
    } else {
      env = { ...env, FLAIRGATE_DATA: folder.path };
    }
    first = await folder.start(env);
    second = await folder.start(env);
    const permissions = ['apikey.ctrl', 'dr.list', 'dr.set'].flatMap((permission) => ['--permission', permission]);
    manager = String((await flairgate('key', 'create', '--name', 'manager', ...permissions)).key);
  }, 120_000);

  afterAll(async () => {
    await folder.remove();
    await removeDatabase();
    keySet.close();
  });

  async function flairgate(...args: readonly string[]): Promise<Readonly<Record<string, string>>> {
    const options = { cwd: folder.path, env: { PATH: process.env.PATH, ...env } };
    const { stdout } = await run(process.execPath, [COMMAND, ...args, '--org', first.oid, '--json'], options);
    return JSON.parse(stdout);
  }

  /** Creates a federation as a manager of keys does. */
  async function federate(name: string, ...permissions: readonly string[]): Promise<string> {
    const rule = { name, issuer: github.issuer, audience: AUDIENCE, perms: permissions, match: MATCHES };
    const json = ['-H', 'Content-Type: application/json', '-d', JSON.stringify(rule)];
    const { status, body } = await curl(federations(), '-H', `x-api-key: ${manager}`, ...json);
    expect([status, body.name]).toEqual([200, name]);
    return String(body.federation_id);
  }

  async function tokenOf(federation: string, at: RunningDemo): Promise<string> {
    const { status, body } = await exchange(at, federation, github.token());
    expect([status, body.token_type]).toEqual([200, 'Bearer']);
    return String(body.access_token);
  }

  const federations = () => `${first.url}/v1/orgs/${first.oid}/federations`;
  const hive = (at: RunningDemo) => `${at.url}/v1/hive/dr-general/${first.oid}`;
  const as = (token: string) => ['-H', `Authorization: Bearer ${token}`];

  it('a job creates a record by its 15-minute token, which a second segmented rule does not see at any process', async () => {
    const rule = [
      '--issuer',
      github.issuer,
      '--audience',
      AUDIENCE,
      '--permission',
      'dr.list',
      '--permission',
      'dr.set',
    ];
    const matches = [...MATCHES.flatMap((match) => ['--match', match]), '--ttl-seconds', '900'];
    const made = await flairgate('federation', 'create', '--name', 'deploy[segment]', ...rule, ...matches);
    const { status, body } = await exchange(first, String(made.federation_id), github.token());
    expect([status, body.scope]).toEqual([200, 'dr.list dr.set']);
    expect(body.expires_in).toBeGreaterThan(880);
    expect(body.expires_in).toBeLessThanOrEqual(900);
    const deploy = String(body.access_token);
    const record = ['--data-urlencode', `data=${JSON.stringify({ detect: {}, respond: [] })}`];
    const created = await curl(`${hive(first)}/by-a-job/data`, ...as(deploy), ...record);
    expect([created.status, created.body.name]).toEqual([200, 'by-a-job']);

    const [other, plain] = [await federate('second[segment]', 'dr.list'), await federate('third', 'dr.list')];
    for (const at of [first, second]) {
      const seen = async (token: string) => (await curl(hive(at), ...as(token))).body;
      expect((await seen(deploy))['by-a-job']).toMatchObject({ sys_mtd: { created_by: 'deploy[segment]' } });
      const hidden = await tokenOf(other, at);
      expect(await seen(hidden)).not.toHaveProperty('by-a-job');
      expect(await curl(`${hive(at)}/by-a-job/data`, ...as(hidden))).toMatchObject({ status: 404 });
      expect(await seen(await tokenOf(plain, at))).toHaveProperty('by-a-job');
    }
  }, 120_000);

  it('a job cannot use its token again at the other process', async () => {
    const federation = await federate('once', 'dr.list');
    const token = github.token();
    expect((await exchange(first, federation, token)).status).toBe(200);
    for (const at of [second, first]) {
      const { status, body } = await exchange(at, federation, token);
      expect([status, body]).toEqual([400, { error: 'invalid_request', error_description: 'the token is not valid' }]);
    }
    expect((await exchange(second, federation, github.token())).status).toBe(200);
  }, 60_000);

  it('a job that sends its token to both processes at once, many times, gets one token', async () => {
    const federation = await federate('race', 'dr.list');
    const token = github.token();
    const at = Array.from({ length: 12 }, (_, index) => (index % 2 === 0 ? first : second));
    const statuses = (await Promise.all(at.map((each) => exchange(each, federation, token)))).map(
      ({ status }) => status,
    );
    expect(statuses.sort()).toEqual([200, ...Array.from({ length: 11 }, () => 400)]);
  }, 60_000);

  it('a job whose federation is deleted at one process has no token at the other', async () => {
    const federation = await federate('ended', 'dr.list');
    const token = await tokenOf(federation, first);
    expect((await curl(hive(second), ...as(token))).status).toBe(200);
    const named = ['-X', 'DELETE', '-d', `federation_id=${federation}`];
    expect((await curl(federations(), '-H', `x-api-key: ${manager}`, ...named)).status).toBe(200);
    await expect.poll(async () => (await curl(hive(second), ...as(token))).status, { timeout: 40_000 }).toBe(401);
    expect((await exchange(second, federation, github.token())).status).toBe(400);
  }, 90_000);
});
