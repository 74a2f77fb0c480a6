import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EVERYTHING } from './every-setting.js';
import { type Ended, runHere } from './run-here.js';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flairgate-cli-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function fileOf(name: string, text: string): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

async function run(args: readonly string[], text: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return runHere([...args, '--config', await fileOf('c.yml', text)], env);
}

async function check(text: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { exit, stdout, stderr } = await run(['config', 'check'], text, env);
  expect(exit, stderr).toBe(stderr === '' ? 0 : 1);
  return stderr === '' ? stdout : stderr;
}

type Printed = {
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly from: object;
};

async function print(text: string, env: Readonly<Record<string, string>> = {}): Promise<Printed> {
  return JSON.parse((await run(['config', 'print', '--json'], text, env)).stdout);
}

// The first test loads the service.
describe('the configuration file', { timeout: 120_000 }, () => {
  it('the configuration file has every setting, in YAML and in JSON', async () => {
    expect(await check(EVERYTHING)).toContain('The settings can be used');
    const json = JSON.stringify(parse(EVERYTHING), undefined, '\t');
    expect(await check(json)).toContain('The settings can be used');
    expect((await print(json)).settings).toEqual((await print(EVERYTHING)).settings);
  });

  it('the configuration file may be empty, and so may each of its groups', async () => {
    expect(await check('')).toContain('The settings can be used');
    expect(await check('tokens:\nlimits:\nkeys: {}\n')).toContain('The settings can be used');
  });

  it.each([
    [
      'an option of the library',
      'maxTokenSeconds: 60',
      'unknown member `maxTokenSeconds`; did you mean `tokens.max_seconds`?',
    ],
    ['a misspelt group', 'token: { max_seconds: 60 }', 'unknown member `token`; did you mean `tokens`?'],
    ['a misspelt member', 'proxies: { trusted: 1 }', 'unknown member `proxies.trusted`; did you mean `trust`?'],
    [
      'a misspelt member of an issuer',
      'tokens: { issuers: [{ issuer: a, audience: b, jwks_uri: "https://a.example", typs: [] }] }',
      'unknown member `tokens.issuers.0.typs`; did you mean `types`?',
    ],
    [
      'a missing member',
      'tokens: { issuers: [{ issuer: "https://a.example" }] }',
      'tokens.issuers.0.audience: must be a name or a list of names',
    ],
    [
      'an issuer of a provider that is none of its',
      'tokens: { issuers: [{ issuer: "https://a.example", provider: auth0, audience: b }] }',
      'issuer of auth0 must look like',
    ],
    ['nine hours', 'tokens: { max_seconds: 90000 }', 'tokens.max_seconds: must be an integer from 1 to 86400'],
    ['a word', 'rate_limits: { calls: many }', 'rate_limits.calls: must be an integer from 1 to 1000000000'],
    ['a group that is no group', 'listen: 8787', 'listen: must have `port` or `host` or `metrics_port` below it'],
    ['a list', '- tokens', 'must have names of settings'],
    ['a prototype', 'limits: { __proto__: { policies: 5 } }', 'unknown member `limits.__proto__`'],
    ['two documents', 'limits: { policies: 5 }\n---\nlimits: { policies: 6 }', 'is not YAML (line 2)'],
    [
      'aliases that grow without bounds',
      [
        'a: &a [x,x]',
        ...[...'bcdefghi'].map((name, at) => `${name}: &${name} [${`*${'abcdefgh'[at]},`.repeat(9)}]`),
      ].join('\n'),
      'is not YAML',
    ],
    ['an alias of itself', 'limits: &limits { policies: *limits }', 'is not YAML'],
    ['an alias of the whole file', '&all\nlimits: *all', 'is not YAML'],
    ['a number with a NUL', 'listen: { port: "8787\0" }', 'listen.port: must be'],
    ['a text with a tag of a language', 'listen: { port: !!js/function "() => 1" }', 'listen.port: must be'],
    ['settings under a key of YAML that merges', '<<: { limits: { policies: 5 } }', 'unknown member `<<`'],
    ['lists nested too deep', `tokens: ${'['.repeat(100_000)}`, 'is not YAML'],
    ['a member twice', 'console: true\nconsole: false', 'has a member twice (line 2)'],
    ['every proxy', 'proxies: { trust: [0.0.0.0/1] }', 'proxies.trust'],
    ['a key set by http', 'tokens: { issuers: [{ issuer: a, audience: b, jwks_uri: "http://a.example/" }] }', 'https'],
    [
      'a port for metrics that are off',
      'listen: { metrics_port: 9001 }\ntelemetry: { metrics: false }',
      'FLAIRGATE_METRICS_PORT or listen.metrics_port: must not be set while telemetry.metrics is false',
    ],
    ['a secret that is too short', 'tokens: { secret_file: c.yml }', 'tokens.secret_file'],
  ])('the configuration file stops the start on %s, and says what was meant', async (_, text, refusal) => {
    expect(await check(text)).toContain(refusal);
  });

  it('the configuration file names every mistake at once, and repeats no value', async () => {
    const refusal = await check('redis: { url: marked }\nkeys: { format: marked }\nlog: { level: marked }');
    expect(refusal).toMatch(/redis\.url: .*; keys\.format: .*; log\.level: /);
    expect(refusal).not.toContain('marked');
  });

  it('the configuration file names the database, for every command', async () => {
    const config = `database: { url: ${join(folder, 'here.db')} }`;
    expect(await run(['org', 'create', '--name', 'Acme'], config)).toMatchObject({ exit: 0 });
    for (const command of [['org', 'list'], ['doctor'], ['backup', '--to', join(folder, 'b')], ['migrate']]) {
      expect(await run(command, config), command.join(' ')).toMatchObject({ exit: 0 });
    }
    const listed = await runHere(['org', 'list', '--json', '--database', join(folder, 'here.db')], {});
    expect(JSON.parse(listed.stdout).items).toHaveLength(1);
  });

  it('the configuration file gives the master key by the name of its file', async () => {
    const key = await fileOf('key', `${randomBytes(32).toString('hex')}\n`);
    const config = `database: { url: ${join(folder, 'here.db')}, master_key_file: ${key} }`;
    expect(await run(['org', 'create', '--name', 'Acme'], config)).toMatchObject({ exit: 0 });
    const refused = await run(['org', 'list'], config, { FLAIRGATE_MASTER_KEY: randomBytes(32).toString('hex') });
    expect(refused.stderr).toContain('FLAIRGATE_MASTER_KEY');
  });
});

describe('the settings in force', () => {
  it('the settings in force come from the environment before the file, and from the file before the default', async () => {
    const printed = await print('rate_limits: { calls: 5, refusals: 6 }', { FLAIRGATE_LIMIT: '7' });
    expect(printed.settings.rate_limits).toMatchObject({ calls: 7, refusals: 6, window_seconds: 60 });
    expect(printed.from).toMatchObject({
      'rate_limits.calls': 'FLAIRGATE_LIMIT',
      'rate_limits.refusals': expect.stringContaining('c.yml'),
      'rate_limits.window_seconds': 'default',
    });
  });

  it('the settings in force have one database: a folder of the environment wins over the URL of the file', async () => {
    const printed = await print('database: { url: file.db }', { FLAIRGATE_DATA: 'folder' });
    expect(printed.settings.database).toMatchObject({ folder: 'folder' });
    expect(printed.settings.database).not.toHaveProperty('url');
  });

  it('the settings in force are a configuration file themselves', async () => {
    const { stdout } = await run(['config', 'print'], EVERYTHING);
    expect((await print(stdout)).settings).toEqual((await print(EVERYTHING)).settings);
  });

  it('the settings in force are printed without a secret', async () => {
    const secret = randomBytes(32).toString('hex');
    const env = {
      FLAIRGATE_MASTER_KEY: secret,
      FLAIRGATE_TOKEN_SECRET: secret,
      REDIS_URL: `rediss://app:${secret}@cache.internal:6379`,
      DATABASE_URL: `postgres://app:${secret}@db.internal/keys?sslpassword=${secret}&sslmode=require`,
    };
    for (const args of [['--json'], []]) {
      const { stdout, stderr } = await run(['config', 'print', ...args], '', env);
      expect(stdout + stderr).not.toContain(secret);
      expect(stdout).toContain('rediss://app:***@cache.internal:6379');
      expect(stdout).toContain('postgres://app:***@db.internal/keys?sslpassword=***&sslmode=require');
      expect(stdout).toContain('FLAIRGATE_TOKEN_SECRET');
    }
  });
});
