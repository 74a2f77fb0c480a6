import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { allow } from '@flairgate/core';
import { securityWrite } from '@flairgate/core/internal';
import { sqliteStore } from '@flairgate/stores/sqlite';
import Libsql from 'libsql';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { masterKey } from '../databases.js';
import { linesOf, start, startTimeoutMs, storeProgram } from '../processes.js';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flairgate-'));
  file = join(folder, 'test.db');
});
afterEach(() => rm(folder, { recursive: true }));

/** Opens a store and closes it, for what that leaves or throws. */
async function openOnce(options: object): Promise<void> {
  const parsed: Parameters<typeof sqliteStore>[0] = Object.assign({ file }, options);
  await (await sqliteStore(parsed)).close();
}

function pragma(name: string): unknown {
  const handle = new Libsql(file);
  const [row] = handle.prepare(`pragma ${name}`).all([]);
  handle.close();
  return Object.values(Object(row))[0];
}

describe('options', () => {
  test.each([
    [{ masterkey: masterKey }, /unknown option `masterkey`; did you mean `masterKey`\?/],
    [{ busyTimeout: 1 }, /unknown option `busyTimeout`; did you mean `busyTimeoutMs`\?/],
    [{ busyTimeoutMs: 1.5 }, /busyTimeoutMs: must be an integer/],
    [{ busyTimeoutMs: Number.POSITIVE_INFINITY }, /busyTimeoutMs: must be an integer/],
    [{ masterKey: 'too short' }, /masterKey: must be 32 random bytes/],
    [{ masterKey: Buffer.alloc(31) }, /masterKey: must have 32 bytes/],
    [{ file: '' }, /file: must be the path/],
    [{ file: undefined }, /file: must be the path/],
    [{ database: new Libsql(':memory:'), masterKey }, /must have `file` or `database`, not both/],
    [{ database: new Libsql(':memory:'), file: undefined }, /masterKey: must be 32 random bytes/],
  ])('sqliteStore refuses %j', async (options, message) => {
    const opening = openOnce(options);
    await expect(opening).rejects.toMatchObject({ name: 'OptionError' });
    await expect(opening).rejects.toThrow(message);
  });

  test('sqliteStore says in one line that a file is not a database, or cannot be opened, and changes nothing', async () => {
    const text = `${'not a database '.repeat(400)}\n`;
    await writeFile(file, text);
    for (const [place, message] of [
      [file, /test\.db is not a SQLite database; must be one, or a new file$/],
      [folder, /cannot open .* \(EISDIR\); must be a file that this process can write$/],
      [join(folder, 'none', 'test.db'), /cannot open .* \(ENOENT\); create its folder first$/],
    ] as const) {
      const opening = openOnce({ file: place });
      await expect(opening).rejects.toMatchObject({ name: 'OptionError', message: expect.not.stringContaining('\n') });
      await expect(opening).rejects.toThrow(message);
    }
    expect(await readFile(file, 'utf8')).toBe(text);
    expect(await readdir(folder)).toEqual(['test.db']);
  });

  test('sqliteStore takes a name that looks like an address for a file', async () => {
    const odd = join(folder, 'libsql:odd?mode=memory');
    await openOnce({ file: odd });
    expect((await stat(odd)).size).toBeGreaterThan(0);
  });
});

describe('the file', () => {
  test('the database file is readable by its owner alone, with its log and its master key', async () => {
    const store = await sqliteStore({ file });
    const names = await readdir(folder);
    expect(names.toSorted()).toEqual(['test.db', 'test.db-shm', 'test.db-wal', 'test.db.master-key']);
    for (const name of names) expect((await stat(join(folder, name))).mode & 0o777, name).toBe(0o600);
    await store.close();
  });

  test('the database file keeps a write-ahead log', async () => {
    await openOnce({});
    expect(pragma('journal_mode')).toBe('wal');
  });

  test('the database file may hold the tables of a host too', async () => {
    const handle = new Libsql(file);
    handle.exec('create table key (id text); create table user (id text); insert into key values (1)');
    handle.close();
    await openOnce({});
    await openOnce({});
  });

  test('the database file holds no master key, look-up key or sealed text in the clear', async () => {
    const store = await sqliteStore({ file, masterKey });
    const sealed = store.material.seal('a private signing key', 'signing-key:1');
    await store.write((tx) => tx.insert('setting', { name: 'sealed', value: sealed }));
    await store.close();
    const bytes = await readFile(file);
    expect(bytes.includes(sealed)).toBe(true);
    for (const secret of [masterKey, masterKey.toString('base64url'), masterKey.toString('hex'), 'a private signing']) {
      expect(bytes.includes(secret)).toBe(false);
    }
  });
});

describe('the master key', () => {
  test('the master key is made beside the file by the first process of many', { timeout: startTimeoutMs }, async () => {
    const program = storeProgram(`console.log(store.material.tag('text')); await store.close();`);
    const starting = Array.from({ length: 8 }, () => linesOf(start(program, ['sqlite', file, 'own key'])));
    const tags = (await Promise.all(starting)).flat();
    expect(tags).toHaveLength(8);
    expect(new Set(tags).size).toBe(1);
    expect(await readFile(`${file}.master-key`, 'utf8')).toMatch(/^[A-Za-z0-9_-]{43}\n$/);
    expect((await readdir(folder)).filter((name) => name.includes('master-key'))).toEqual(['test.db.master-key']);
  });

  test('no second master key is made for a database that has key material', async () => {
    await openOnce({});
    await unlink(`${file}.master-key`);
    const opening = openOnce({});
    await expect(opening).rejects.toMatchObject({ name: 'OptionError' });
    await expect(opening).rejects.toThrow(/test\.db\.master-key is missing; restore it from its copy/);
    expect(await readdir(folder)).not.toContain('test.db.master-key');
  });

  test('the master key is refused when it is not the one the database was made with', async () => {
    await openOnce({ masterKey });
    const opening = openOnce({ masterKey: Buffer.alloc(32, 8) });
    await expect(opening).rejects.toMatchObject({ name: 'OptionError' });
    await expect(opening).rejects.toThrow(/must be the one that this database was created with/);
    await writeFile(`${file}.master-key`, '');
    await expect(openOnce({})).rejects.toThrow(/masterKey: must be 32 random bytes/);
    await openOnce({ masterKey: masterKey.toString('hex') });
  });
});

describe('version', () => {
  test('the version is another one after another process has committed, and stays so', {
    timeout: startTimeoutMs,
  }, async () => {
    const store = await sqliteStore({ file, masterKey });
    const before = store.version?.();
    expect(store.version?.()).toBe(before);
    const program = storeProgram(`
      await store.write((tx) => tx.insert('setting', { name: 'a', value: 'b' }));
      await store.close();
    `);
    await linesOf(start(program, ['sqlite', file, '']));
    const after = store.version?.();
    expect(after).not.toBe(before);
    expect(await store.read((tx) => tx.get('setting', { name: 'a' }))).toBeDefined();
    expect(store.version?.()).toBe(after);
    await store.close();
    expect(store.version?.()).toBeNaN();
  });

  test('the version is not made to miss a change by reads, or by rows that a statement has just given', async () => {
    const [store, other] = [await sqliteStore({ file, masterKey }), await sqliteStore({ file, masterKey })];
    for (let n = 0; n < 50; n++) {
      await store.read((tx) => tx.get('revision', { id: 1 }));
      const before = store.version?.();
      await securityWrite(other, 0, async (tx) => {
        tx.touch('all', '*');
        return allow(undefined);
      });
      expect(store.version?.()).not.toBe(before);
      expect(await store.read((tx) => tx.get('revision', { id: 1 }))).toMatchObject({ n: n + 1 });
    }
    await Promise.all([store.close(), other.close()]);
  });
});

test('sqliteStore waits for the write of another process, and is unavailable when it takes too long', async () => {
  const store = await sqliteStore({ file, masterKey, busyTimeoutMs: 100 });
  const other = new Libsql(file);
  other.exec('begin immediate');
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  }, 1);
  const writing = store.write((tx) => tx.insert('setting', { name: 'a', value: 'b' }));
  await expect(writing).rejects.toMatchObject({ name: 'UnavailableError', dependency: 'store' });
  clearInterval(counting);
  expect(turns).toBeGreaterThan(0);
  other.exec('rollback');
  const patient = await sqliteStore({ file, masterKey });
  other.exec('begin immediate');
  setTimeout(() => other.exec('rollback'), 20);
  await patient.write((tx) => tx.insert('setting', { name: 'a', value: 'b' }));
  other.close();
  await Promise.all([store.close(), patient.close()]);
});

test('writes that wait for one another give up together, each so long after it came', async () => {
  const store = await sqliteStore({ file, masterKey, busyTimeoutMs: 200 });
  const other = new Libsql(file);
  other.exec('begin immediate');
  const failed: unknown[] = [];
  const writes = Array.from({ length: 20 }, (_, at) =>
    store.write((tx) => tx.insert('setting', { name: `n${at}`, value: 'b' })).catch((error) => failed.push(error)),
  );
  await writes[0];
  // No timer of theirs may run out meanwhile: one turn of the event loop is all that each of them gets.
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  expect(failed).toHaveLength(20);
  expect(failed).toMatchObject(failed.map(() => ({ name: 'UnavailableError' })));
  other.exec('rollback');
  await store.write((tx) => tx.insert('setting', { name: 'later', value: 'b' }));
  other.close();
  await store.close();
});

test('a store keeps its log, and its sight of others, when a second store of the process opens the file', async () => {
  const [store, second] = [await sqliteStore({ file, masterKey }), await sqliteStore({ file, masterKey })];
  const before = store.version?.();
  // The last program that is done with a database takes its log away; only locks tell it that it is not the last.
  const program = `
    import Libsql from 'libsql';
    const handle = new Libsql(process.argv[1]);
    handle.exec('create table host (n integer)');
    handle.close();
  `;
  const args = ['--input-type=module', '--eval', program, file];
  expect(spawnSync(process.execPath, args, { cwd: import.meta.dirname }).status).toBe(0);
  expect(await readdir(folder)).toEqual(expect.arrayContaining(['test.db-shm', 'test.db-wal']));
  expect(store.version?.()).not.toBe(before);
  await Promise.all([store.close(), second.close()]);
});

test('sqliteStore works on a handle that the host opened, and leaves it open', async () => {
  const database = new Libsql(file);
  const store = await sqliteStore({ database, masterKey });
  await store.write((tx) => tx.insert('setting', { name: 'a', value: 'b' }));
  expect(await store.read((tx) => tx.get('setting', { name: 'a' }))).toEqual({ name: 'a', value: 'b' });
  await store.close();
  expect(database.prepare('select value from flairgate_setting').all([])).toEqual([{ value: 'b' }]);
  database.close();
});

test('sqliteStore keeps a memory database apart from every other', async () => {
  const [one, two] = [await sqliteStore({ file: ':memory:' }), await sqliteStore({ file: ':memory:' })];
  await one.write((tx) => tx.insert('setting', { name: 'a', value: 'b' }));
  expect(await two.read((tx) => tx.get('setting', { name: 'a' }))).toBeUndefined();
  expect(one.material.tag('text')).not.toBe(two.material.tag('text'));
  await Promise.all([one.close(), two.close()]);
});

test('sqliteStore does not commit work that swallowed a failed statement', async () => {
  const store = await sqliteStore({ file, masterKey });
  const row = { name: 'bad', value: 'v' };
  Reflect.set(row, 'value', null);
  const writing = store.write(async (tx) => {
    await tx.insert('setting', { name: 'good', value: 'v' });
    await tx.insert('setting', row).catch(() => undefined);
  });
  await expect(writing).rejects.toThrow(/NOT NULL/);
  expect(await store.read((tx) => tx.find('setting', {}))).toEqual([]);
  await store.close();
});

test('sqliteStore refuses a column that no table has, in rows and conditions', async () => {
  const store = await sqliteStore({ file, masterKey });
  const odd = { name: 'a', value: 'b', '1=1; drop table flairgate_key; --': 'c' };
  await expect(store.write((tx) => tx.insert('setting', odd))).rejects.toThrow(TypeError);
  await expect(store.read((tx) => tx.find('setting', odd))).rejects.toThrow(TypeError);
  await expect(store.write((tx) => tx.update('setting', { name: 'a' }, odd))).rejects.toThrow(TypeError);
  await expect(store.write((tx) => tx.remove('setting', odd))).rejects.toThrow(TypeError);
  await store.close();
});
