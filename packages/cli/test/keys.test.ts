import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hashSecret } from '@flairgate/core/calibrate';
import { sqliteStore } from '@flairgate/stores/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Workplace, workplace } from './flairgate.js';

const timeout = 60_000;
const SECRET = 'w7Jq2Zt9Xk4Lm8Rv1Bn6Hc3D';

let place: Workplace;
let oid: string;
let uid: string;

beforeAll(async () => {
  place = await workplace();
  oid = String((await place.json(['org', 'create', '--name', 'Acme', '--owner', 'owner@example.com'])).oid);
  uid = String((await place.json(['user', 'create', '--email', 'person@example.com'])).uid);
}, timeout);
afterAll(() => place.remove());

async function makeKey(name: string, ...more: readonly string[]) {
  const made = await place.json(['key', 'create', '--org', oid, '--name', name, '--permission', 'dr.list', ...more]);
  return { key: String(made.key), hash: String(made.key_hash) };
}

async function entryOf(hash: string): Promise<Readonly<Record<string, unknown>>> {
  const { items } = await place.json(['key', 'list', '--org', oid]);
  const entries = items as readonly Readonly<Record<string, unknown>>[];
  return entries.find((entry) => entry.key_hash === hash) ?? {};
}

describe('key update', { timeout }, () => {
  it('key update changes description, expiry and ranges, and narrows permissions', async () => {
    const { hash } = await makeKey('changed', '--permission', 'dr.set');
    const update = ['key', 'update', '--org', 'Acme', '--hash', hash];
    const { etag } = await entryOf(hash);
    const said = await place.run([...update, '--permission', 'dr.list', '--range', '10.0.0.0/8', '--expires', '30d']);
    expect(said).toMatchObject({ exit: 0, stdout: `key changed (${hash}) is changed\n` });
    expect(await entryOf(hash)).toMatchObject({ grants: ['dr.list'], allowed_ip_range: '10.0.0.0/8' });
    expect((await entryOf(hash)).expires).toBeGreaterThan(Date.now() / 1000 + 29 * 86_400);
    const more = ['--description', 'nightly', '--expires', 'never', '--range', ''];
    expect(await place.json([...update, ...more])).toMatchObject({
      key_hash: hash,
      description: 'nightly',
      expires: null,
      allowed_ip_range: '',
    });
    const old = await place.run([...update, '--description', 'again', '--etag', String(etag)]);
    expect(old.exit).toBe(1);
    const wider = await place.run([...update, '--permission', 'dr.set']);
    expect(wider).toMatchObject({ exit: 1, stderr: expect.stringContaining('can only be narrowed: dr.set') });
    expect(await place.run(update)).toMatchObject({ exit: 2, stderr: expect.stringContaining('at least one change') });
  });
});

describe('key inspect', { timeout }, () => {
  it('key inspect tells the public id of a key on standard input or in an argument, and never the secret', async () => {
    const { key, hash } = await makeKey('inspected');
    for (const [args, input] of [
      [[], `${key}\n`],
      [['-'], key],
      [[key], ''],
    ] as const) {
      const { exit, stdout, stderr } = await place.run(['key', 'inspect', ...args, '--json'], {}, input);
      expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual({ format: 'fg', key_hash: hash });
      const text = await place.run(['key', 'inspect', ...args], {}, input);
      expect(text.stdout).toContain(hash);
      expect(text.stdout + text.stderr).not.toContain(key.slice(13, 25));
    }
  });

  it('key inspect knows a UUID key, which holds no public id', async () => {
    const { stdout } = await place.run(['key', 'inspect', '--json'], {}, '0f0e4c1a-2b3c-4d5e-8f90-a1b2c3d4e5f6');
    expect(JSON.parse(stdout)).toEqual({ format: 'uuid', key_hash: null });
  });

  it.each([
    ['nothing', '', /must not be empty/],
    ['a wrong character', `fg_${'A'.repeat(43)}`, /checksum/],
    ['a short one', `fg_${'A'.repeat(20)}`, /23 characters where a key has 46/],
    ['more than a key', `key=fg_${'A'.repeat(43)}`, /nothing but the key/],
    ['anything else', 'marked-secret', /not a key of this product(?!.*marked)/],
  ])('key inspect refuses %s without a word of it', async (_, text, error) => {
    const { exit, stdout } = await place.run(['key', 'inspect', '--json'], {}, text);
    expect(exit).toBe(2);
    expect(JSON.parse(stdout)).toEqual({ error: expect.stringMatching(error), code: 'ERR_VALIDATION' });
  });

  it('key inspect needs no database and makes none', async () => {
    const empty = await workplace();
    await empty.run(['key', 'inspect'], {}, 'x');
    await expect(stat(join(empty.folder, '.flairgate'))).rejects.toThrow('ENOENT');
    await empty.remove();
  });
});

describe('key rotate', { timeout }, () => {
  it('key rotate keeps the public id and lets the old secret go on for the overlap', async () => {
    const { key, hash } = await makeKey('rotated');
    const before = Math.floor(Date.now() / 1000);
    const rotate = ['key', 'rotate', '--org', oid, '--hash', hash, '--overlap-seconds', '600'];
    const rotated = await place.json(rotate);
    expect(rotated).toEqual({
      key: expect.stringMatching(new RegExp(`^fg_${hash}[0-9A-Za-z]{33}$`)),
      key_hash: hash,
      name: 'rotated',
      old_ends: expect.any(Number),
    });
    expect(rotated.key).not.toBe(key);
    expect(Number(rotated.old_ends) - before).toBeGreaterThanOrEqual(600);
    expect((await entryOf(hash)).secrets).toMatchObject([{ ends: expect.any(Number) }, { ends: null }]);
  });

  it('key rotate with --wait-idle shows the key at once, and ends the old secret when it is unused', async () => {
    const { hash } = await makeKey('idle');
    const rotate = ['key', 'rotate', '--org', oid, '--hash', hash, '--wait-idle', '--idle-seconds', '1', '--json'];
    const { exit, stdout, stderr } = await place.run(rotate);
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ key_hash: hash });
    expect(stderr).toMatch(/waiting.*\n.*unused and is revoked\n$/);
    const [old] = (await entryOf(hash)).secrets as readonly { readonly ends: number }[];
    expect(old?.ends).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000));
  });

  it("key rotate rotates a user's key for its user alone", async () => {
    const made = await place.json(['key', 'create', '--user', uid, '--name', 'laptop']);
    const rotate = (user: string) =>
      place.json(['key', 'rotate', '--user', user, '--hash', String(made.key_hash), '--overlap-seconds', '0']);
    expect(await rotate(oid)).toEqual({ error: 'no such key', code: 'ERR_NOT_FOUND' });
    expect(await rotate(uid)).toMatchObject({ key_hash: made.key_hash, name: 'laptop' });
  });

  it('key rotate refuses an overlap past 30 days, and both owners', async () => {
    const { hash } = await makeKey('bounds');
    const rotate = ['key', 'rotate', '--org', oid, '--hash', hash];
    expect(await place.json([...rotate, '--overlap-seconds', '2592001'])).toMatchObject({ code: 'ERR_VALIDATION' });
    expect(await place.run([...rotate, '--overlap-seconds', 'day'])).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('--overlap-seconds: must be an integer of seconds from 0'),
    });
    expect(await place.run([...rotate, '--idle-seconds', '5'])).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining('--idle-seconds needs --wait-idle'),
    });
    expect((await place.run([...rotate, '--user', uid])).exit).toBe(2);
  });
});

describe('key disable and enable', { timeout }, () => {
  it('key disable and key enable change a key of an organization and one of a user', async () => {
    const { hash } = await makeKey('off');
    const made = await place.json(['key', 'create', '--user', uid, '--name', 'off']);
    for (const named of [
      ['--org', oid, '--hash', hash],
      ['--user', uid, '--hash', String(made.key_hash)],
    ]) {
      const key_hash = named[3];
      expect(await place.json(['key', 'disable', ...named])).toEqual({ key_hash, disabled: true });
      expect(await place.json(['key', 'enable', ...named])).toEqual({ key_hash, disabled: false });
      expect(await place.json(['key', 'revoke', ...named])).toEqual({ key_hash, revoked: true });
      expect(await place.json(['key', 'enable', ...named])).toMatchObject({ code: 'ERR_NOT_FOUND' });
    }
  });
});

describe('key import', { timeout }, () => {
  it('key import takes a hash from a file or standard input, and refuses another scheme', async () => {
    const hash = await hashSecret(SECRET, { scheme: 'pbkdf2-sha256', rounds: 1000 }, (count) => Buffer.alloc(count, 7));
    await writeFile(join(place.folder, 'hash'), `${hash}\n`);
    const into = (name: string, file: string) => [
      ...['key', 'import', '--user', uid, '--name', name, '--hash-file', file, '--json'],
    ];
    const fromFile = await place.run(into('old', 'hash'));
    expect(JSON.parse(fromFile.stdout)).toEqual({ key_hash: expect.any(String), name: 'old', uid });
    const fromInput = await place.run(into('older', '-'), {}, hash);
    expect(JSON.parse(fromInput.stdout)).toMatchObject({ name: 'older' });
    const other = await place.run(into('oldest', '-'), {}, '$2b$12$marked');
    expect(JSON.parse(other.stdout)).toEqual({ error: expect.not.stringContaining('marked'), code: 'ERR_VALIDATION' });
    const plain = ['key', 'import', '--org', oid, '--name', 'plain', '--text-file', '-', '--permission', 'dr.list'];
    const taken = await place.run(plain, {}, `${SECRET}-plain\n`);
    expect(taken).toMatchObject({ exit: 0, stderr: '', stdout: expect.stringContaining('valid everywhere') });
    expect(taken.stdout).not.toContain(SECRET);
    const keyed = await place.run([...plain, '--hmac-key-file', 'hash'], {}, SECRET);
    expect([keyed.exit, keyed.stderr]).toEqual([2, '--hmac-key-file goes with --hash-file or --lines\n']);
    const missing = await place.run(into('none', 'no-such-file'));
    expect(JSON.parse(missing.stdout)).toEqual({ error: expect.stringMatching(/--hash-file/), code: 'ERR_OPTION' });
  });
});

describe('key import --lines', { timeout }, () => {
  const lines = [
    {
      org: 'OID',
      name: 'text',
      text: `${SECRET}-text`,
      permissions: ['dr.list'],
      ranges: ['10.0.0.0/8'],
      expires: '30d',
    },
    { user: 'UID', name: 'digest', hash: '86fbea852e2b8b1286450f15cb3fb77a2a8bac1637162ca7c07a42234f5a65ca' },
    { user: 'UID', name: 'slow', hash: '$2b$05$Jm4YzhJeUU4wLRO4O0bQjOE48txZsd4jsApK9yjpUHzJQwX/uMQJq' },
    { org: 'OID', name: 'text', text: `${SECRET}-twice` },
    { org: 'OID', name: 'unknown', hash: 'marked-hash-of-nothing' },
    { org: 'OID', name: 'member', text: `${SECRET}-member`, premissions: [] },
  ];
  const reasons = [/name.*taken|twice/, /hash: must be/, /unknown members; members are org, user, name/, /JSON object/];
  const file = () =>
    `${lines.map((line) => JSON.stringify(line).replace('OID', oid).replace('UID', uid)).join('\n')}\n\nnot-json\n`;

  it.each([
    ['after a dry run nothing', ['--dry-run'], { imported: 0, dry_run: true }],
    ['takes over what it can', [], { imported: 3, dry_run: false }],
  ])('key import --lines reports each line, and %s', async (_, more, counted) => {
    const args = ['key', 'import', '--lines', '-', '--json', ...more];
    const { exit, stdout, stderr } = await place.run(args, {}, file());
    expect({ exit, stderr }).toEqual({ exit: 1, stderr: '' });
    expect(stdout).not.toMatch(/w7Jq2Zt9|marked|86fbea|\$2b/);
    const { rows, ...counts } = JSON.parse(stdout);
    expect(counts).toEqual({ ...counted, refused: 4, waiting: 2 });
    const places = rows.map(({ line, name }: { readonly line: number; readonly name: string }) => `${line} ${name}`);
    expect(places).toEqual(['1 text', '2 digest', '3 slow', '4 text', '5 unknown', '6 null', '8 null']);
    for (const [at, reason] of reasons.entries()) expect(rows[at + 3].error).toMatch(reason);
    const { items } = await place.json(['key', 'list', '--org', oid]);
    const text = (items as readonly { readonly name: string }[]).find(({ name }) => name === 'text');
    if (counted.dry_run) expect(text).toBeUndefined();
    else expect(text).toMatchObject({ grants: ['dr.list'], allowed_ip_range: '10.0.0.0/8' });
  });

  it('key import --lines takes the owner from the options, and lines for people', async () => {
    const one = JSON.stringify({ name: 'owned', text: `${SECRET}-owned` });
    const said = await place.run(['key', 'import', '--lines', '-', '--org', 'Acme'], {}, one);
    expect(said).toMatchObject({ exit: 0, stdout: '1 imported, 0 not\n' });
    const wrong = ['key', 'import', '--lines', '-', '--org', 'Acme', '--permission', 'dr.list'];
    expect((await place.run(wrong, {}, one)).exit).toBe(2);
  });
});

describe('signing-key rotate', { timeout }, () => {
  it('signing-key rotate publishes one key that signs later; asked again it names the same', async () => {
    const first = await place.json(['signing-key', 'rotate']);
    expect(first).toEqual({ kid: expect.any(String), active_from: expect.any(Number) });
    expect(Number(first.active_from)).toBeGreaterThan(Date.now() / 1000 + 600);
    expect(await place.json(['signing-key', 'rotate'])).toEqual(first);
  });
});

describe('master-key rotate', { timeout }, () => {
  it('master-key rotate puts a new key into the file: both open the database until --finish, then the new one alone', async () => {
    const file = join(place.folder, '.flairgate/flairgate.db');
    const old = (await readFile(`${file}.master-key`, 'utf8')).trim();
    const opens = async (masterKey: string) => {
      const store = await sqliteStore({ file, masterKey }).catch(() => undefined);
      await store?.close();
      return store !== undefined;
    };
    expect(await place.json(['master-key', 'rotate'])).toEqual({
      finished: false,
      key_file: '.flairgate/flairgate.db.master-key',
    });
    const next = (await readFile(`${file}.master-key`, 'utf8')).trim();
    expect(next).not.toBe(old);
    expect((await stat(`${file}.master-key`)).mode & 0o777).toBe(0o600);
    expect([await opens(old), await opens(next)]).toEqual([true, true]);
    expect(await place.json(['key', 'list', '--org', oid])).toHaveProperty('items');
    expect(await place.json(['master-key', 'rotate', '--finish'])).toEqual({ finished: true });
    expect([await opens(old), await opens(next)]).toEqual([false, true]);
    expect(await place.json(['key', 'list', '--org', oid])).toHaveProperty('items');
  });

  it('master-key rotate with the key in the variable makes a file of the new one, and finishes with that one alone', async () => {
    const other = await workplace();
    const [old, file] = ['A'.repeat(43), 'next.key'];
    const env = { FLAIRGATE_MASTER_KEY: old };
    await other.json(['org', 'create', '--name', 'Acme'], env);
    expect(await other.json(['master-key', 'rotate'], env)).toMatchObject({
      error: expect.stringMatching(/--new-key/),
    });
    expect(await other.json(['master-key', 'rotate', '--new-key-file', file], env)).toEqual({
      finished: false,
      key_file: file,
    });
    expect(await other.json(['master-key', 'rotate', '--finish'], env)).toEqual({
      error: expect.stringMatching(/^FLAIRGATE_MASTER_KEY: must be the key of the last rotation/),
      code: 'ERR_OPTION',
    });
    const next = { FLAIRGATE_MASTER_KEY: (await readFile(join(other.folder, file), 'utf8')).trim() };
    expect(await other.json(['master-key', 'rotate', '--finish'], next)).toEqual({ finished: true });
    expect((await other.run(['org', 'create', '--name', 'B'], env)).exit).toBe(1);
    expect((await other.run(['org', 'create', '--name', 'B'], next)).exit).toBe(0);
    await other.remove();
  });

  it('master-key rotate refuses a new key that is none, with the name of its file and not a word of it', async () => {
    await writeFile(join(place.folder, 'bad.key'), 'marked');
    const { exit, stderr } = await place.run(['master-key', 'rotate', '--new-key-file', 'bad.key']);
    expect(exit).toBe(1);
    expect(stderr).toMatch(/^--new-key-file: bad\.key: must be 32 random bytes(?!.*marked)/);
  });
});
