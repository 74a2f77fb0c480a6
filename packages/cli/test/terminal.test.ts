import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { commands, run } from 'flairgate/internal';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cleanEnvironment, program, type Workplace, workplace } from './flairgate.js';
import { runHere } from './run-here.js';

const timeout = 120_000;

let place: Workplace;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  place = await workplace();
  env = { FLAIRGATE_DATA: place.folder };
  await runHere(['org', 'create', '--name', 'Acme', '--owner', 'ann@example.com'], env);
}, timeout);
afterAll(() => place.remove());

/** Runs a command at a terminal. Returns what its progress showed, by its name. */
async function atTerminal(args: readonly string[]) {
  const shown: Record<string, { total: number | undefined; done: readonly number[]; closed: boolean }> = {};
  const notes: string[] = [];
  const exit = await run(commands, '0.0.0', args, {
    env,
    out: () => undefined,
    note: (line) => void notes.push(line),
    input: async () => '',
    progress(what, total) {
      const bar: { total: number | undefined; done: number[]; closed: boolean } = { total, done: [], closed: false };
      shown[what] = bar;
      return {
        update: (done) => void bar.done.push(done),
        close: () => {
          bar.closed = true;
        },
      };
    },
  });
  return { exit, shown, notes };
}

describe('a long command at a terminal', { timeout }, () => {
  it('a long command at a terminal shows how far a backup and its restore are, and ends the line', async () => {
    const file = join(place.folder, 'copy.backup');
    const backup = await atTerminal(['backup', '--to', file]);
    const rows = backup.shown['rows written'];
    expect([backup.exit, rows?.closed]).toEqual([0, true]);
    expect(rows?.done).toEqual(rows?.done.map((_, index) => index + 1));
    const restore = await atTerminal(['restore', '--from', file, '--yes']);
    const bytes = restore.shown['bytes read'];
    expect([restore.exit, bytes?.closed, bytes?.done.at(-1)]).toEqual([0, true, bytes?.total]);
  });

  it('a long command at a terminal shows the steps of calibrate, as many as it announced', async () => {
    const { exit, shown } = await atTerminal(['calibrate', 'pbkdf2_sha256', '1']);
    const { total = 0, done = [], closed } = shown.measuring ?? {};
    expect([exit, closed, done.length]).toEqual([0, true, total]);
  });
});

describe('flairgate', { timeout }, () => {
  it('flairgate says once that others can see a password in --database, and never repeats it', async () => {
    const database = 'postgres://someone:hidden@127.0.0.1:1/none';
    const { notes } = await atTerminal(['org', 'list', '--database', database]);
    expect(notes.filter((line) => line.includes('DATABASE_URL'))).toHaveLength(1);
    expect(notes.join()).not.toContain('hidden');
    const without = await atTerminal(['org', 'list', '--database', 'postgres://someone@127.0.0.1:1/none']);
    expect(without.notes.join()).not.toContain('DATABASE_URL');
  });

  it('flairgate lists the keys of a user by e-mail address and by uid, and refuses an unknown one', async () => {
    await runHere(['key', 'create', '--user', 'Ann@Example.com', '--name', 'laptop'], env);
    const users = await runHere(['user', 'list', '--org', 'Acme'], env);
    const uid = users.stdout.split('\t')[0] ?? '';
    for (const user of ['ann@example.com', uid]) {
      expect((await runHere(['key', 'list', '--user', user], env)).stdout).toContain('\tlaptop\tactive\t');
    }
    const unknown = await runHere(['key', 'list', '--user', 'nobody@example.com'], env);
    expect([unknown.exit, unknown.stderr]).toEqual([1, 'no such user']);
  });

  it.each([['audit'], ['ownership'], ['key'], ['user']])('%s list of an unknown organization fails', async (noun) => {
    const type = noun === 'ownership' ? ['--type', 'rule', '--tenancy', 'shared'] : [];
    const ended = await runHere([noun, 'list', '--org', 'nope', ...type], env);
    expect([ended.exit, ended.stdout, ended.stderr]).toEqual([1, '', 'no such organization']);
  });

  it('flairgate completes nouns, verbs, options and choices, and prints the script of a shell', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue();
    const completed = async (...words: readonly string[]) => {
      log.mockClear();
      await runHere(['complete', '--', ...words], {});
      return log.mock.calls.map(([line]) => String(line).split('\t')[0] ?? '');
    };
    try {
      expect(await completed('fed')).toContain('federation');
      expect(await completed('key', 'ro')).toContain('rotate');
      expect(await completed('key', 'create', '--hon')).toContain('--honeytoken');
      expect(await completed('user', 'role', '--role', 'V')).toContain('Viewer');
    } finally {
      log.mockRestore();
    }
    const script = await runHere(['completion', 'zsh'], {});
    expect([script.exit, script.stdout]).toEqual([0, expect.stringMatching(/^#compdef flairgate\n/)]);
    const json = await runHere(['completion', 'zsh', '--json'], {});
    expect(JSON.parse(json.stdout)).toEqual({ shell: 'zsh', script: script.stdout });
    expect((await runHere(['completion', 'tcsh'], {})).exit).toBe(2);
  });

  it('flairgate registers its completion in bash itself', async () => {
    const shell = spawn('bash', ['--norc', '--noprofile'], { cwd: place.folder, env: cleanEnvironment({}) });
    shell.stdin.end(
      [
        `flairgate() { "${process.execPath}" "${program}" "$@"; }`,
        'source <(flairgate completion bash)',
        'complete -p flairgate',
      ].join('\n'),
    );
    expect(await text(shell.stdout)).toBe('complete -F __flairgate_complete flairgate\n');
  });
});
