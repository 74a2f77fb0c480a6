import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Ended, runHere } from './run-here.js';

export const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export type { Ended };

/** A folder of its own for one test's database. */
export interface Workplace {
  readonly folder: string;
  /** Runs a command in the folder, in this process: a start costs more than most commands. One at a time. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>, input?: string): Promise<Ended>;
  /** Runs the program in the folder, where the process matters: several at once, or a command that serves. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Runs a command with `--json`, checks that stdout is one object on one line, and gives the object. */
  json(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>>;
  remove(): Promise<void>;
}

export async function workplace(): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-cli-'));
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}, input = '') =>
    inFolder(folder, async () => {
      const { exit, stdout, stderr } = await runHere(args, env, input);
      return { exit, stdout: ended(stdout), stderr: ended(stderr) };
    });
  return {
    folder,
    run,
    start: (args, env = {}) => startIn(folder, args, env),
    async json(args, env) {
      const { stdout } = await run([...args, '--json'], env);
      return oneObject(stdout);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The object on the only line of a text. */
export function oneObject(text: string): Readonly<Record<string, unknown>> {
  const lines = text.split('\n');
  if (lines.length !== 2 || lines[1] !== '') throw new Error(`not one line: ${JSON.stringify(text)}`);
  return JSON.parse(lines[0] ?? '');
}

export function cleanEnvironment(env: Readonly<Record<string, string>>): Record<string, string> {
  return { PATH: process.env.PATH ?? '', ...env };
}

/** Lines as a process writes them. */
const ended = (text: string) => (text === '' ? '' : `${text}\n`);

async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return await work();
  } finally {
    process.chdir(before);
  }
}

function startIn(folder: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: cleanEnvironment(env) };
    const child = execFile(process.execPath, [program, ...args], options, (_, stdout, stderr) =>
      resolve({ exit: child.exitCode ?? -1, stdout, stderr }),
    );
    child.stdin?.end();
  });
}
