import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asAdmin, dropSchema, kindsToTest, newSchema, postgresUrl } from '../../stores/test/databases.js';
import { program, type Workplace, workplace } from './flairgate.js';

const timeout = 60_000;

let place: Workplace;
let oid: string;

beforeEach(async () => {
  place = await workplace();
  oid = String((await place.json(['org', 'create', '--name', 'Acme'])).oid);
});
afterEach(() => place.remove());

const at = (name: string) => join(place.folder, name);
const makeKey = (name: string) =>
  place.json(['key', 'create', '--org', oid, '--name', name, '--permission', 'dr.list']);
const listed = async (...more: string[]) =>
  ((await place.json(['key', 'list', '--org', oid, ...more])).items as readonly { key_hash: string }[]).map(
    ({ key_hash: hash }) => hash,
  );

describe('flairgate backup', { timeout }, () => {
  it('flairgate backup makes a private file that holds neither a key nor the master key, and never writes over one', async () => {
    const { key } = await makeKey('vendor');
    expect(await place.json(['backup', '--to', 'b'])).toEqual({ file: 'b', rows: expect.any(Number), revision: 2 });
    expect((await stat(at('b'))).mode & 0o777).toBe(0o600);
    const text = await readFile(at('b'), 'utf8');
    const master = (await readFile(at('.flairgate/flairgate.db.master-key'), 'utf8')).trim();
    expect(text).toContain('"name":"vendor"');
    expect([text.includes(String(key)), text.includes(String(key).slice(13)), text.includes(master)]).toEqual([
      false,
      false,
      false,
    ]);
    const again = await place.run(['backup', '--to', 'b']);
    expect(again).toEqual({ exit: 1, stdout: '', stderr: 'b: is there already; name another file\n' });
    expect(await readFile(at('b'), 'utf8')).toBe(text);
  });
});

const [postgres] = await kindsToTest(['postgres']);

describe('a backup that was interrupted', { timeout }, () => {
  it('a backup that was interrupted by a kill leaves what the next one removes, and nothing of a backup that runs', async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const machine = hostname()
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, '');
    const drafts = [dead, process.pid].map((pid) => `b.partial-${machine}-${pid}-0123456789ab`);
    for (const draft of drafts) await writeFile(at(draft), 'half');
    await place.json(['backup', '--to', 'b']);
    const left = (await readdir(place.folder)).filter((name) => name.startsWith('b'));
    expect(left.sort()).toEqual(['b', drafts[1]].sort());
  });

  it.skipIf(postgres === undefined)('a backup that was interrupted by a signal leaves nothing', async () => {
    const schema = newSchema();
    await asAdmin((client) => client.query(`create schema ${schema}`));
    const url = new URL(postgresUrl);
    url.searchParams.set('options', `-c search_path=${schema}`);
    const env = { DATABASE_URL: url.href, FLAIRGATE_MASTER_KEY: '0'.repeat(64) };
    try {
      await place.json(['migrate'], env);
      await asAdmin(async (client) => {
        // The backup waits for this table, with a file it has begun.
        await client.query(`begin; lock table ${schema}.flairgate_audit in access exclusive mode`);
        const child = spawn(process.execPath, [program, 'backup', '--to', 'b'], { cwd: place.folder, env });
        const drafts = async () => (await readdir(place.folder)).filter((name) => name.startsWith('b'));
        await expect.poll(drafts, { timeout: 20_000 }).toHaveLength(1);
        child.kill('SIGTERM');
        expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
        expect(await drafts()).toEqual([]);
      });
    } finally {
      await dropSchema(schema);
    }
  });
});

describe('flairgate restore', { timeout }, () => {
  it('flairgate restore takes back what was given since, and leaves ended what was ended', async () => {
    const ended = String((await makeKey('ended')).key_hash);
    const kept = String((await makeKey('kept')).key_hash);
    await place.json(['backup', '--to', 'b']);
    await place.run(['key', 'revoke', '--org', oid, '--hash', ended]);
    await makeKey('later');
    await place.json(['key', 'rotate', '--org', oid, '--hash', kept, '--overlap-seconds', '0']);
    const restored = await place.json(['restore', '--from', 'b', '--yes']);
    // The later key with its secret, and the new secret of the one that was rotated.
    expect(restored).toEqual({ kind: 'merged', removed: 3, narrowed: 0, keys_without_secret: 1, suspended: false });
    expect(await listed()).toEqual([kept]);
  });

  it('flairgate restore brings all back where it replaces, suspended until it is confirmed', async () => {
    const { key_hash: ended } = await makeKey('ended');
    const { rows } = await place.json(['backup', '--to', 'b']);
    await place.run(['key', 'revoke', '--org', oid, '--hash', String(ended)]);
    expect(await place.json(['restore', '--from', 'b', '--replace', '--yes'])).toEqual({
      kind: 'replaced',
      rows,
      suspended: true,
    });
    expect(await listed()).toEqual([ended]);
    expect(await place.json(['restore', '--confirm'])).toEqual({ confirmed: true });
    expect(await place.json(['restore', '--confirm'])).toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('flairgate restore into a new database needs the copy of the master key, and makes nothing without it', async () => {
    const { key_hash: key } = await makeKey('vendor');
    await place.json(['backup', '--to', 'b']);
    const into = ['--database', 'other.db'];
    const without = await place.run(['restore', '--from', 'b', ...into]);
    expect([without.exit, without.stderr]).toEqual([
      1,
      'FLAIRGATE_MASTER_KEY, or the copy of it in other.db.master-key: must be the master key in force\n',
    ]);
    await expect(stat(at('other.db'))).rejects.toThrow();
    const wrong = await place.run(['restore', '--from', 'b', ...into], { FLAIRGATE_MASTER_KEY: '0'.repeat(64) });
    expect(wrong.stderr).toBe('FLAIRGATE_MASTER_KEY: must be the master key the backup was made with\n');
    await expect(stat(at('other.db'))).rejects.toThrow();
    await copyFile(at('.flairgate/flairgate.db.master-key'), at('other.db.master-key'));
    expect(await place.json(['restore', '--from', 'b', ...into])).toMatchObject({ kind: 'replaced', suspended: true });
    expect(await listed(...into)).toEqual([key]);
  });

  const bad: readonly (readonly [string, (text: string) => string, string])[] = [
    ['what is no backup', () => 'hello\n', 'x: the file must be a backup of Flairgate\n'],
    ['a long line', () => 'x'.repeat(20_000_000), 'x: the file must be a backup of Flairgate\n'],
    [
      'one that was cut',
      (text) => text.slice(0, -40),
      'x: the backup is damaged (a line is not JSON); use another copy of it\n',
    ],
    [
      'one that was changed',
      (text) => text.replace('Acme', 'Acne'),
      'x: the backup is damaged (its rows do not match its seal); use another copy of it\n',
    ],
    [
      'a newer one',
      (text) => text.replace('"format":6', '"format":9'),
      'x: the backup has format 9, which must be at most 6; use the Flairgate version that wrote it, or a later one\n',
    ],
  ];

  it('flairgate restore refuses what is no good in one line, and changes nothing', async () => {
    const { revision } = await place.json(['backup', '--to', 'b']);
    await makeKey('later');
    for (const [what, spoil, stderr] of bad) {
      await writeFile(at('x'), spoil(await readFile(at('b'), 'utf8')));
      const refused = await place.run(['restore', '--from', 'x', '--replace']);
      expect({ what, ...refused }).toEqual({ what, exit: 1, stdout: '', stderr });
    }
    expect(await place.json(['backup', '--to', 'after'])).toMatchObject({ revision: Number(revision) + 1 });
  });

  it('flairgate restore says what is missing', async () => {
    expect((await place.run(['restore'])).exit).toBe(2);
    expect((await place.run(['restore', '--confirm', '--replace'])).exit).toBe(2);
    expect((await place.run(['restore', '--confirm', '--yes'])).exit).toBe(2);
    expect((await place.run(['restore', '--from', 'none'])).stderr).toBe('none: cannot be opened (ENOENT)\n');
  });
});
