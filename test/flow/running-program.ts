import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Env = Readonly<Record<string, string>>;

/** Options for starting a program, and the sign that it is ready. */
export interface Program {
  /** Folder under `examples/`. */
  readonly example: string;
  /** Ports and the like; what a start is given goes before it. */
  readonly env: Env;
  /** Line that it prints on standard output when it is ready. */
  readonly ready: RegExp;
}

/** A program that runs as a process of its own. */
export interface RunningProgram {
  /** Everything it printed until it was ready. */
  readonly text: string;
  /** Ends it, and gives its exit code. */
  stop(): Promise<number | null>;
}

/** A folder for the data of one program, to be started in several times. */
export interface ProgramFolder<R> {
  readonly path: string;
  start(env?: Env, args?: readonly string[]): Promise<R>;
  /** Ends what was started, and removes the folder. */
  remove(): Promise<void>;
}

/** Makes the folder; `read` finds in the text what a test needs of it. */
export async function programFolder<R extends object>(
  { example, env: own, ready }: Program,
  read: (text: string) => R,
): Promise<ProgramFolder<R & RunningProgram>> {
  const program = fileURLToPath(new URL(`../../examples/${example}/dist/main.js`, import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), `flairgate-${example}-`));
  const children: ChildProcess[] = [];
  return {
    path: folder,
    async start(env = {}, args = []) {
      const child = spawn(process.execPath, [program, ...args], {
        cwd: folder,
        env: { PATH: process.env.PATH, ...own, ...env },
      });
      children.push(child);
      const text = await printed(child, ready);
      return { ...read(text), text, stop: () => stop(child) };
    },
    async remove() {
      await Promise.all(children.map(stop));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function printed(child: ChildProcess, ready: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stderr?.on('data', (part) => {
      err += part;
    });
    child.stdout?.on('data', (part) => {
      out += part;
      if (ready.test(out)) resolve(out);
    });
    child.once('exit', () => reject(new Error(`the program stopped: ${out}${err}`)));
  });
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill('SIGTERM');
  await once(child, 'exit');
  return child.exitCode;
}
