import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

export interface Ended {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder of its own for one test's database. */
export interface Workplace {
  readonly folder: string;
  /** Runs the built command in the folder. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>, input?: string): Promise<Ended>;
  /** Runs it with `--json`, checks that stdout is one object on one line, and gives the object. */
  json(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Readonly<Record<string, unknown>>>;
  remove(): Promise<void>;
}

export async function workplace(): Promise<Workplace> {
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-cli-'));
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}, input = '') =>
    runIn(folder, args, env, input);
  return {
    folder,
    run,
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

function runIn(
  folder: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  input: string,
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: cleanEnvironment(env) };
    const child = execFile(process.execPath, [program, ...args], options, (_, stdout, stderr) =>
      resolve({ exit: child.exitCode ?? -1, stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}
