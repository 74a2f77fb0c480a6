import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Workplace, workplace } from './flairgate.js';

const timeout = 60_000;
const create = ['org', 'create', '--name', 'Acme'];

let place: Workplace;
beforeEach(async () => {
  place = await workplace();
});
afterEach(() => place.remove());

describe('the first use', { timeout }, () => {
  it('the first use of a database makes a private folder, database and master key, and says once to keep a copy', async () => {
    const first = await place.start([...create, '--json']);
    const second = await place.start([...create, '--json']);
    expect(first.stderr).toMatch(/^[^\n]*flairgate\.db\.master-key[^\n]*copy[^\n]*\n$/);
    expect(second.stderr).toBe('');
    const folder = join(place.folder, '.flairgate');
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await readdir(folder)).toEqual(['flairgate.db', 'flairgate.db.master-key']);
    for (const file of await readdir(folder)) expect((await stat(join(folder, file))).mode & 0o077).toBe(0);
  });

  it('the first use by many processes at once leaves one database that has every organization', async () => {
    const ended = await Promise.all(Array.from({ length: 4 }, () => place.start([...create, '--json'])));
    expect(ended.map(({ exit }) => exit)).toEqual([0, 0, 0, 0]);
    for (const { stdout } of ended) {
      expect(await place.json(['key', 'list', '--org', JSON.parse(stdout).oid])).toEqual({ items: [] });
    }
  });
});

describe('the database', { timeout }, () => {
  it('the database is --database, else DATABASE_URL, else the file in FLAIRGATE_DATA', async () => {
    const env = { DATABASE_URL: 'b.db', FLAIRGATE_DATA: 'c' };
    await place.start([...create, '--database', 'a.db'], env);
    expect(await readdir(place.folder)).toEqual(['a.db', 'a.db.master-key']);
    await place.start(create, env);
    expect(await readdir(place.folder)).toContain('b.db');
    await place.start(create, { ...env, DATABASE_URL: '' });
    expect(await readdir(join(place.folder, 'c'))).toContain('flairgate.db');
    expect(await readdir(place.folder)).not.toContain('.flairgate');
  });

  it('the database opens with FLAIRGATE_MASTER_KEY, and then no key file is made', async () => {
    const env = { FLAIRGATE_MASTER_KEY: 'ab'.repeat(32) };
    expect((await place.start(create, env)).exit).toBe(0);
    expect(await readdir(join(place.folder, '.flairgate'))).toEqual(['flairgate.db']);
    const without = await place.start(create);
    expect(without).toMatchObject({ exit: 1, stderr: expect.stringMatching(/^[^\n]*master-key[^\n]*\n$/) });
  });
});

describe('stops with one line that says what to write instead', { timeout }, () => {
  const stops = async (line: RegExp, args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) => {
    const { exit, stdout, stderr } = await place.run([...create, ...args], env);
    expect({ exit, stdout }).toEqual({ exit: 1, stdout: '' });
    expect(stderr).toMatch(line);
    expect(stderr).toMatch(/^[^\n]+\n$/);
    expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
    const { error } = await place.json([...create, ...args], env);
    expect(`${error}\n`).toBe(stderr);
  };

  it('a command stops with one line on a wrong master key, never showing it', async () => {
    await place.run(create);
    const key = 'cd'.repeat(32);
    await stops(/^FLAIRGATE_MASTER_KEY: (?!.*cdcd)/, [], { FLAIRGATE_MASTER_KEY: key });
    await stops(/^FLAIRGATE_MASTER_KEY: (?!.*weak).*32/, [], { FLAIRGATE_MASTER_KEY: 'weak' });
    await writeFile(join(place.folder, '.flairgate', 'flairgate.db.master-key'), `${key}\n`);
    await stops(/flairgate\.db\.master-key: (?!.*cdcd)/);
  });

  it('a command stops with one line on a file that is not a database, and leaves it as it is', async () => {
    const text = 'this is a letter, not a database. '.repeat(40);
    await writeFile(join(place.folder, 'letter.txt'), text);
    await stops(/letter\.txt is not a SQLite database/, ['--database', 'letter.txt']);
    expect(await readFile(join(place.folder, 'letter.txt'), 'utf8')).toBe(text);
  });

  it('a command stops with one line on a folder that is not there, and on a folder in place of a file', async () => {
    await stops(/create its folder/, ['--database', 'no/such/file.db']);
    await mkdir(join(place.folder, 'folder'));
    await stops(/folder/, ['--database', 'folder']);
  });

  it('a command stops with one line on another sort of URL, and never repeats it', async () => {
    await stops(/^--database: must be (?!.*hidden)/, ['--database', 'mysql://user:hidden@localhost/x']);
    await stops(/^DATABASE_URL: must be (?!.*hidden)/, [], { DATABASE_URL: 'mysql://user:hidden@localhost/x' });
  });

  it('a command stops with one line on PostgreSQL without a master key, and where no server listens', async () => {
    const url = 'postgres://user:hidden@127.0.0.1:9/x';
    await stops(/^FLAIRGATE_MASTER_KEY: must be 32 random bytes .*PostgreSQL needs a master key(?!.*hidden)/, [], {
      DATABASE_URL: url,
    });
    await stops(/^(?!.*hidden).*ECONNREFUSED/, [], { DATABASE_URL: url, FLAIRGATE_MASTER_KEY: 'ab'.repeat(32) });
  });

  it('a command stops with one line on an unknown variable, and names the nearest', async () => {
    await stops(/^FLAIRGATE_ISUER: .*FLAIRGATE_ISSUER/, [], { FLAIRGATE_ISUER: 'x' });
  });

  it('a command stops with one line on a variable that cannot be used, and never repeats it', async () => {
    await stops(/^PORT: must be (?!.*hidden)/, [], { PORT: 'hidden' });
    await stops(/^PORT: /, [], { PORT: '65536' });
    await stops(/^FLAIRGATE_ISSUER: must be (?!.*hidden)/, [], { FLAIRGATE_ISSUER: 'javascript:hidden' });
    await stops(/^FLAIRGATE_LIMIT: /, [], { FLAIRGATE_LIMIT: '1.5' });
    await stops(/^REDIS_URL: /, [], { REDIS_URL: 'localhost' });
  });
});

it('a database is created by org create, migrate, restore and serve only: a misspelled name is an error', {
  timeout,
}, async () => {
  const typo = ['--database', 'typo.db'];
  const commands = [
    ['org', 'list'],
    ['backup', '--to', 'b'],
    ['key', 'list', '--org', 'Acme'],
    ['catalogue', 'put'],
  ];
  for (const words of [...commands, ['master-key', 'rotate'], ['audit', 'list']]) {
    const file = words[0] === 'catalogue' ? ['--file', '-'] : [];
    const ended = await place.run([...words, ...file, ...typo], {}, '[a.b]');
    expect(ended).toMatchObject({
      exit: 1,
      stdout: '',
      stderr: expect.stringMatching(/^database: there is no typo\.db/),
    });
  }
  expect(await readdir(place.folder)).toEqual([]);
  expect((await place.run(['migrate', ...typo])).exit).toBe(0);
});

describe('the environment', { timeout }, () => {
  it('the environment counts an empty variable as unset and knows the ones that tests use', async () => {
    const env = { PORT: '', FLAIRGATE_MASTER_KEY: '', DATABASE_URL: '', FLAIRGATE_VECTORS: 'anything' };
    expect((await place.run(create, env)).exit).toBe(0);
  });
});
