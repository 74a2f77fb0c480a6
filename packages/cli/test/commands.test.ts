import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanEnvironment, program, type Workplace, workplace } from './flairgate.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const timeout = 60_000;

let place: Workplace;
let oid: string;
let uid: string;

beforeAll(async () => {
  place = await workplace();
  oid = String((await place.json(['org', 'create', '--name', 'Acme', '--owner', 'owner@example.com'])).oid);
  uid = String((await place.json(['user', 'create', '--email', 'Person@Example.com'])).uid);
}, timeout);
afterAll(() => place.remove());

async function entriesOf(org: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { items } = await place.json(['key', 'list', '--org', org]);
  return items as readonly Readonly<Record<string, unknown>>[];
}

describe('the shapes of --json', { timeout }, () => {
  it('org create --json prints its documented shape', async () => {
    expect(await place.json(['org', 'create', '--name', 'Other'])).toEqual({
      oid: expect.stringMatching(UUID),
      name: 'Other',
    });
  });

  it('user create --json prints its documented shape', async () => {
    expect(await place.json(['user', 'create', '--email', 'Robot@Example.com', '--type', 'api'])).toEqual({
      uid: expect.stringMatching(UUID),
      email: 'robot@example.com',
    });
  });

  it('user join --json prints its documented shape, with permissions and with the role alone', async () => {
    const member = ['user', 'join', '--user', uid, '--org', oid];
    expect(await place.json([...member, '--permission', 'dr.set', '--permission', 'dr.list'])).toEqual({
      uid,
      oid,
      permissions: ['dr.list', 'dr.set'],
      role: 'member',
    });
    const owner = await place.json([...member, '--role', 'owner']);
    expect(owner).toEqual({ uid, oid, permissions: expect.arrayContaining(['apikey.ctrl']), role: 'owner' });
  });

  it('key create --json prints its documented shape for an organization, in both formats', async () => {
    const create = ['key', 'create', '--org', oid, '--permission', 'dr.list', '--permission', 'dr.set'];
    const made = await place.json([...create, '--name', 'vendor[segment]']);
    expect(made).toEqual({
      key: expect.stringMatching(/^fg_[0-9A-Za-z]{43}$/),
      key_hash: String(made.key).slice(3, 13),
      name: 'vendor[segment]',
      oid,
    });
    const uuid = await place.json([...create, '--name', 'older', '--format', 'uuid']);
    expect(uuid.key).toMatch(UUID);
  });

  it('key create --json takes the permissions of a preset in addition to others', async () => {
    const create = ['key', 'create', '--org', oid, '--name', 'live', '--permission', 'dr.list', 'output.*'];
    const made = await place.json([...create, '--preset', 'Go Live', '--preset', 'Go Live']);
    const { items } = await place.json(['key', 'list', '--org', oid]);
    const grants = ['dr.list', 'output.*', 'sensor.task'];
    expect(items).toEqual(expect.arrayContaining([expect.objectContaining({ key_hash: made.key_hash, grants })]));
  });

  it('key create --json prints its documented shape for a user', async () => {
    expect(await place.json(['key', 'create', '--user', uid, '--name', 'laptop'])).toEqual({
      key: expect.stringMatching(/^fg_/),
      key_hash: expect.stringMatching(/^[0-9A-Za-z]{10}$/),
      name: 'laptop',
      oid: null,
      uid,
    });
  });

  it('key list --json and key revoke --json print their documented shapes', async () => {
    const made = await place.json([
      ...['key', 'create', '--org', oid, '--name', 'listed[lock]', '--permission', 'dr.list'],
      ...['--description', 'for the list', '--expires', '2040-01-31T00:00:00Z', '--range', '192.0.2.0/24'],
    ]);
    const hash = String(made.key_hash);
    const listed = await entriesOf(oid);
    expect(listed.find((entry) => entry.key_hash === hash)).toEqual({
      key_hash: hash,
      name: 'listed[lock]',
      priv: ['dr.list'],
      grants: ['dr.list'],
      by: 'command line',
      etag: expect.any(String),
      oid,
      flairs: ['lock'],
      created: expect.any(Number),
      expires: Date.UTC(2040, 0, 31) / 1000,
      disabled: false,
      description: 'for the list',
      allowed_ip_range: '192.0.2.0/24',
      last_used: null,
      secrets: [{ created: expect.any(Number), last_used: null, ends: null }],
    });
    expect(JSON.stringify(listed)).not.toContain(String(made.key).slice(13));
    const revoke = ['key', 'revoke', '--org', oid, '--hash', hash];
    expect(await place.json(revoke)).toEqual({ key_hash: hash, revoked: true });
    expect((await entriesOf(oid)).map((entry) => entry.key_hash)).not.toContain(hash);
    expect(await place.json(revoke)).toEqual({ error: 'no such key', code: 'ERR_NOT_FOUND' });
  });
});

describe('text for people', { timeout }, () => {
  it('the command line shows a key on a line of its own, with a note to keep it', async () => {
    const { stdout, exit } = await place.run([
      'key',
      'create',
      '--org',
      oid,
      '--name',
      'text',
      '--permission',
      'dr.list',
    ]);
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^fg_[0-9A-Za-z]{43}$/m);
    expect(stdout).toMatch(/copy it now/i);
  });

  it('the command line explains every noun under --help, which is also what a bare call prints', async () => {
    const { stdout, exit } = await place.run(['--help']);
    expect(exit).toBe(0);
    for (const noun of ['org', 'user', 'key', 'serve']) expect(stdout).toMatch(new RegExp(`^  ${noun} .*\\w`, 'm'));
    expect(await place.run([])).toEqual({ exit: 0, stdout, stderr: '' });
    const noun = await place.run(['key']);
    expect(noun.stdout).toMatch(/^ {2}create .*\n(?:.*\n)* {2}revoke /m);
    expect(await place.run(['help', 'key', 'create'])).toEqual(await place.run(['key', 'create', '--help']));
  });
});

describe('refused', { timeout }, () => {
  const cases: readonly (readonly [string, () => readonly string[], string, RegExp])[] = [
    ['a misspelt flair', () => key('a[segement]'), 'ERR_VALIDATION', /\[segment\]/],
    ['an open bracket', () => key('a[lock'), 'ERR_VALIDATION', /not closed/],
    ['a long name', () => key('a'.repeat(129)), 'ERR_VALIDATION', /128/],
    [
      'an unknown permission',
      () => [...key('b'), '--permission', 'dr.lst'],
      'ERR_VALIDATION',
      /dr\.list; .*catalogue put/,
    ],
    ['a lone star', () => [...key('b'), '--permission', '*'], 'ERR_VALIDATION', /./],
    ['a bad range', () => [...key('b'), '--range', '300.0.0.0/8'], 'ERR_VALIDATION', /./],
    ['a time that is past', () => [...key('b'), '--expires', '2001-01-01'], 'ERR_VALIDATION', /must be in the future/],
    [
      'a taken name',
      () => ['user', 'create', '--email', 'person@example.com'],
      'ERR_NAME_TAKEN',
      /address person@example\.com is taken/,
    ],
    ['an unknown organization', () => ['key', 'list', '--org', 'no-such'], 'ERR_NOT_FOUND', /organization/],
    ['an unknown user', () => ['key', 'create', '--user', 'no-such', '--name', 'n'], 'ERR_NOT_FOUND', /user/],
  ];
  const key = (name: string) => ['key', 'create', '--org', oid, '--name', name];

  it.each(cases)('a command refuses %s as {"error","code"}, and stores nothing', async (_, args, code, error) => {
    const before = await place.json(['key', 'list', '--org', oid]);
    const { exit, stdout, stderr } = await place.run([...args(), '--json']);
    expect(exit).toBe(code === 'ERR_VALIDATION' ? 2 : 1);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ error: expect.stringMatching(error), code });
    expect(await place.json(['key', 'list', '--org', oid])).toEqual(before);
  });

  it('a refused command prints one line on stderr without --json', async () => {
    const { exit, stdout, stderr } = await place.run(key('a[segement]'));
    expect({ exit, stdout }).toEqual({ exit: 2, stdout: '' });
    expect(stderr).toMatch(/^[^\n]*\[segment\][^\n]*\n$/);
  });
});

describe('bad usage', { timeout }, () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an unknown command', ['key', 'lst'], /list/],
    ['an unknown option', ['org', 'create', '--nmae', 'a'], /--name/],
    ['a missing option', ['org', 'create'], /--name/],
    ['a missing value', ['org', 'create', '--name'], /--name/],
    ['a word too many', ['org', 'create', '--name', 'a', 'b'], /too many/],
    ['an option twice', ['org', 'create', '--name', 'a', '--name', 'b'], /once/],
    ['another type', ['user', 'create', '--email', 'a@example.com', '--type', 'root'], /standard or api/],
    ['another format', ['key', 'create', '--org', 'o', '--name', 'n', '--format', 'hex'], /fg or uuid/],
    ['both owners of a key', ['key', 'create', '--org', 'o', '--user', 'u', '--name', 'n'], /--org.*--user/],
    ['no owner of a key', ['key', 'create', '--name', 'n'], /--org.*--user/],
    ['no time', ['key', 'create', '--org', 'o', '--name', 'n', '--expires', 'soon'], /--expires.*Unix time/],
    ['an unknown preset', ['key', 'create', '--org', 'o', '--name', 'n', '--preset', 'Live'], /--preset.*Go Live/],
    ['a misspelled option beside a missing one', ['org', 'create', '--nam', 'a'], /unknown option '--nam'/],
    [
      'a duration without a unit',
      ['key', 'rotate', '--org', 'o', '--hash', 'h', '--overlap-seconds', '1h'],
      /--overlap-seconds/,
    ],
    [
      'a choice that is none',
      ['user', 'role', '--org', 'o', '--user', 'u', '--role', 'King'],
      /It must be Owner, .* or Basic/,
    ],
    ['no shell', ['completion'], /followed by bash/],
    ['an empty membership', ['user', 'join', '--user', 'u', '--org', 'o'], /--permission/],
  ];

  it.each(cases)('bad usage, %s: exit 2, with and without --json', async (_, args, error) => {
    const text = await place.run(args);
    expect(text).toEqual({ exit: 2, stdout: '', stderr: expect.stringMatching(/^[^\n]+\n$/) });
    expect(text.stderr).toMatch(error);
    const { exit, stdout, stderr } = await place.run([...args, '--json']);
    expect({ exit, stderr }).toEqual({ exit: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({ error: expect.stringMatching(error), code: 'ERR_USAGE' });
  });
});

it('flairgate comes to its own end if its output is not read', { timeout }, async () => {
  const child = spawn(process.execPath, [program, '--help'], { env: cleanEnvironment({}), cwd: place.folder });
  child.stdout.destroy();
  const [said, [exit]] = await Promise.all([text(child.stderr), once(child, 'close')]);
  expect({ said, exit }).toEqual({ said: '', exit: 0 });
});
