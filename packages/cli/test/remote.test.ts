import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnvironment, oneObject, program, type Workplace, workplace } from './flairgate.js';
import { type Ended, runHere } from './run-here.js';

const timeout = 60_000;

let place: Workplace;
let service: ChildProcess;
let url: string;
let oid: string;
let keyOfOrganization: string;
let keyOfOwner: string;

beforeAll(async () => {
  place = await workplace();
  oid = String((await local(['org', 'create', '--name', 'Acme', '--owner', 'ann@example.com'])).oid);
  const rights = ['apikey.ctrl', 'user.ctrl', 'org.get', 'audit.get', 'dr.list'];
  const create = ['key', 'create', '--name'];
  keyOfOrganization = String((await local([...create, 'ci', '--org', oid, '--permission', ...rights])).key);
  keyOfOwner = String((await local([...create, 'laptop', '--user', 'Ann@example.com'])).key);
  service = spawn(process.execPath, [program, 'serve', '--port', '0', '--json'], {
    cwd: place.folder,
    env: cleanEnvironment({ FLAIRGATE_DATA: place.folder }),
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [first] = service.stdout === null ? [] : await once(service.stdout, 'data');
  url = String(oneObject(String(first)).url);
}, timeout);

afterAll(async () => {
  service.kill('SIGKILL');
  await place.remove();
});

/** Runs a command on the database. Its answer is the object that it prints. */
async function local(args: readonly string[], env = {}): Promise<Readonly<Record<string, unknown>>> {
  const { stdout } = await runHere([...args, '--json'], { FLAIRGATE_DATA: place.folder, ...env });
  return JSON.parse(stdout);
}

/** Runs a command against the service, by a key in the environment. Its answer is the object that it prints. */
async function remote(key: string, args: readonly string[], env = {}): Promise<Readonly<Record<string, unknown>>> {
  const ended = await runHere([...args, '--json'], { FLAIRGATE_URL: url, FLAIRGATE_KEY: key, ...env });
  return { exit: ended.exit, ...JSON.parse(ended.stdout) };
}

function fails(args: readonly string[], env = {}): Promise<Ended> {
  return runHere(args, { FLAIRGATE_URL: url, FLAIRGATE_KEY: keyOfOrganization, ...env });
}

describe('flairgate over the network', { timeout }, () => {
  it('flairgate over the network creates, lists, changes, rotates and revokes keys by the name of the organization, as its key', async () => {
    const made = await remote(keyOfOrganization, [
      'key',
      'create',
      '--org',
      'Acme',
      '--name',
      'vendor[segment]',
      '--permission',
      'dr.list',
    ]);
    expect(made).toMatchObject({ exit: 0, key: expect.stringMatching(/^fg_/), oid });
    const key = ['--org', oid, '--hash', String(made.key_hash)];
    const listed = (await remote(keyOfOrganization, ['key', 'list', '--org', oid])).items;
    const stored = (await local(['key', 'list', '--org', oid])).items as readonly { readonly name: string }[];
    const byName = (items: unknown) => (items as typeof stored).toSorted((a, b) => a.name.localeCompare(b.name));
    expect(byName(listed).map(({ name }) => name)).toEqual(['ci', 'vendor[segment]']);
    expect(Object.keys(byName(listed)[1] ?? {}).sort()).toEqual(Object.keys(byName(stored)[1] ?? {}).sort());
    expect(await remote(keyOfOrganization, ['key', 'update', ...key, '--description', 'for rules'])).toMatchObject({
      exit: 0,
      description: 'for rules',
    });
    const rotated = await remote(keyOfOrganization, ['key', 'rotate', ...key, '--overlap-seconds', '60']);
    expect(rotated).toMatchObject({ exit: 0, key: expect.stringMatching(/^fg_/) });
    expect(await remote(keyOfOrganization, ['key', 'disable', ...key])).toMatchObject({ disabled: true });
    expect(await remote(keyOfOrganization, ['key', 'enable', ...key])).toMatchObject({ disabled: false });
    expect(await remote(keyOfOrganization, ['key', 'revoke', ...key])).toMatchObject({ revoked: true });
    const { items } = await local(['audit', 'list', '--org', oid, '--action', 'key.revoke']);
    expect(items).toMatchObject([{ ident: expect.stringContaining('ci'), outcome: 'done' }]);
  });

  it('flairgate over the network is judged by its key: a key cannot give what it does not have', async () => {
    const wide = ['key', 'create', '--org', oid, '--name', 'wide', '--permission', 'dr.set'];
    expect(await remote(keyOfOrganization, wide)).toMatchObject({ exit: 1, code: 'ERR_ESCALATION' });
    expect(await remote(`fg_${'0'.repeat(43)}`, wide)).toMatchObject({ exit: 1, code: expect.stringMatching(/^ERR_/) });
  });

  it('flairgate over the network reads the key from a file, from standard input and from the file that a variable names', async () => {
    const file = join(place.folder, 'key');
    await writeFile(file, `${keyOfOrganization}\n`, { mode: 0o600 });
    const list = ['permission', 'list', '--url', url];
    const users = ['user', 'list', '--url', url, '--org', oid];
    expect((await runHere([...users, '--key-file', file], {})).stdout).toContain('ann@example.com');
    expect((await runHere([...users, '--key-file', '-'], {}, keyOfOrganization)).stdout).toContain('ann@example.com');
    expect((await runHere(users, { FLAIRGATE_KEY_FILE: file })).stdout).toContain('ann@example.com');
    expect((await runHere([...list, '--key-file', file], {})).stdout).toContain('dr.list\t');
    const none = await runHere(users, {});
    expect([none.exit, none.stderr]).toEqual([1, expect.stringContaining('FLAIRGATE_KEY')]);
  });

  it("flairgate over the network manages organizations, users, groups, API users and one's own keys as a user", async () => {
    const env = { FLAIRGATE_ORG: 'Acme' };
    const owner = (args: readonly string[]) => remote(keyOfOwner, args, env);
    expect(await owner(['org', 'list'])).toEqual({ exit: 0, items: [{ oid, name: 'Acme' }] });
    const other = await owner(['org', 'create', '--name', 'Other']);
    expect((await owner(['org', 'list'])).items).toHaveLength(2);
    expect(await owner(['org', 'delete', '--org', String(other.oid), '--name', 'Wrong'])).toMatchObject({ exit: 1 });
    expect(await owner(['org', 'delete', '--org', 'Other', '--name', 'Other'])).toMatchObject({ deleted: true });
    const joined = await owner(['user', 'join', '--user', 'bob@example.com', '--permission', 'dr.list']);
    expect(joined).toMatchObject({ exit: 0, permissions: ['dr.list'] });
    expect(await owner(['user', 'role', '--user', 'bob@example.com', '--role', 'viewer'])).toMatchObject({ exit: 0 });
    expect(await owner(['user', 'remove', '--user', 'bob@example.com'])).toMatchObject({ removed: true });
    const { gid } = await owner(['group', 'create', '--name', 'Night']);
    const group = ['--gid', String(gid)];
    expect(await owner(['group', 'add-member', ...group, '--user', 'cy@example.com'])).toMatchObject({ done: true });
    expect(await owner(['group', 'attach', ...group])).toMatchObject({ done: true, oid });
    expect(await owner(['group', 'set-permissions', ...group, '--permission', 'dr.list'])).toMatchObject({ exit: 0 });
    expect(await owner(['group', 'show', ...group])).toMatchObject({ perms: ['dr.list'], orgs: [oid] });
    const { uid } = await owner(['api-user', 'create', '--name', 'importer']);
    const user = ['--user', String(uid)];
    expect(await owner(['api-user', 'key', ...user])).toMatchObject({ key: expect.stringMatching(/^fg_/), uid });
    expect((await owner(['api-user', 'list'])).items).toMatchObject([{ uid, name: 'importer', active: true }]);
    expect(await owner(['api-user', 'end-key', ...user])).toMatchObject({ ended: true });
    const phone = await owner(['key', 'create', '--user', 'me', '--name', 'phone']);
    expect((await owner(['key', 'list', '--user', 'me'])).items).toHaveLength(2);
    const revoke = ['key', 'revoke', '--user', 'me', '--hash', String(phone.key_hash)];
    expect(await owner(revoke)).toMatchObject({ revoked: true });
  });

  it('flairgate over the network puts, shows, lists and deletes policies, and federations are refused as the service refuses them', async () => {
    await writeFile(join(place.folder, 'policy.json'), '{}');
    const policy = ['--org', oid, '--name', 'readers'];
    expect(
      await remote(keyOfOrganization, ['policy', 'put', ...policy, '--file', join(place.folder, 'policy.json')]),
    ).toMatchObject({
      exit: 0,
      name: 'readers',
    });
    expect(await remote(keyOfOrganization, ['policy', 'show', ...policy])).toMatchObject({ grants: {} });
    expect((await remote(keyOfOrganization, ['policy', 'list', '--org', oid])).items).toHaveLength(1);
    expect(await remote(keyOfOrganization, ['policy', 'delete', ...policy])).toMatchObject({ deleted: true });
    expect(await remote(keyOfOrganization, ['federation', 'list', '--org', oid])).toEqual({ exit: 0, items: [] });
    const create = ['federation', 'create', '--org', oid, '--name', 'ci', '--audience', 'x', '--match', 'sub=x'];
    const refused = await remote(keyOfOrganization, [...create, '--issuer', 'https://unknown.example']);
    expect(refused).toMatchObject({ exit: 2, code: 'ERR_VALIDATION' });
  });

  it('flairgate over the network lists and exports the audit and the usage', async () => {
    const listed = await remote(keyOfOrganization, ['audit', 'list', '--org', oid, '--limit', '2', '--since', '1d']);
    expect(listed.items).toHaveLength(2);
    const page = await remote(keyOfOrganization, ['audit', 'list', '--org', oid, '--limit', '2']);
    expect(page).toMatchObject({ exit: 0, items: [{ outcome: 'done' }, {}], cursor: expect.any(String) });
    const exported = await remote(keyOfOrganization, [
      'audit',
      'export',
      '--org',
      oid,
      '--to',
      join(place.folder, 'audit.jsonl'),
    ]);
    const lines = (await readFile(join(place.folder, 'audit.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(exported).toMatchObject({ exit: 0, entries: lines.length });
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ action: 'org.create' });
    expect(await remote(keyOfOrganization, ['usage', 'list', '--org', oid])).toMatchObject({ exit: 0 });
    expect(await remote(keyOfOrganization, ['audit', 'list'])).toMatchObject({ exit: 1, code: 'ERR_OPTION' });
  });

  it.each([
    ['a command without a route', ['service', 'list'], /^service list: has no route/],
    ['an option without a route', ['key', 'create', '--org', 'Acme', '--name', 'x', '--honeytoken'], /^--honeytoken: /],
    ['the keys of another user', ['key', 'list', '--user', 'bob@example.com'], /^--user: must be `me`/],
    [
      'a database beside it',
      ['key', 'list', '--org', 'x', '--url', 'https://a.example', '--database', 'x.db'],
      /^--url: /,
    ],
    ['plain http', ['key', 'list', '--org', 'x', '--url', 'http://flairgate.example'], /^--url: must be an https URL/],
    [
      'a password in the URL',
      ['key', 'list', '--org', 'x', '--url', 'https://a:hidden@b.example'],
      /^--url: (?!.*hidden)/,
    ],
    [
      'a service that is not there',
      ['key', 'list', '--org', 'x', '--url', 'http://127.0.0.1:1'],
      /could not be reached/,
    ],
  ])('flairgate over the network refuses %s', async (_, args, message) => {
    const ended = await fails(args);
    expect([ended.exit, ended.stdout, ended.stderr]).toEqual([1, '', expect.stringMatching(message)]);
    expect(ended.stderr).not.toContain(keyOfOrganization);
  });

  it('flairgate over the network refuses a service and a database in the environment together, and an option wins over both', async () => {
    const env = { FLAIRGATE_DATA: place.folder };
    const both = await fails(['user', 'list', '--org', oid], env);
    expect([both.exit, both.stderr]).toEqual([1, expect.stringMatching(/^FLAIRGATE_URL: .*FLAIRGATE_DATA/)]);
    expect((await fails(['user', 'list', '--org', oid, '--url', url], env)).exit).toBe(0);
    const database = join(place.folder, 'flairgate.db');
    expect((await fails(['service', 'list', '--database', database])).exit).toBe(0);
  });
});

describe('FLAIRGATE_ORG', { timeout }, () => {
  it('FLAIRGATE_ORG is the default of --org, and gives way to --org and --user', async () => {
    const env = { FLAIRGATE_ORG: 'Acme' };
    const names = async (args: readonly string[], given = env) => {
      const { items } = await local(['key', 'list', ...args], given);
      return (items as readonly { readonly name: string }[]).map(({ name }) => name);
    };
    expect(await names([])).toContain('ci');
    expect(await names(['--user', 'ann@example.com'])).toEqual(['laptop']);
    expect(await names(['--org', 'Acme'], { FLAIRGATE_ORG: 'Nobody' })).toContain('ci');
    const unknown = await runHere(['key', 'list'], { FLAIRGATE_DATA: place.folder, FLAIRGATE_ORG: 'Nobody' });
    expect([unknown.exit, unknown.stderr]).toEqual([1, 'no such organization']);
  });
});
