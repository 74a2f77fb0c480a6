import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../examples/limacharlie/dist/main.js', import.meta.url));

/** What `pnpm start` runs, as a process of its own. */
export interface RunningDemo {
  readonly url: string;
  /** Everything it printed. */
  readonly text: string;
  readonly oid: string;
  readonly ownerUid: string;
  /** Keys by flair, as the first start showed them; none on a later one. */
  readonly keys: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** A folder for one demo's data, to be started in several times. */
export interface DemoFolder {
  start(env?: Readonly<Record<string, string>>): Promise<RunningDemo>;
  remove(): Promise<void>;
}

export async function demoFolder(): Promise<DemoFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-demo-'));
  const children: ChildProcess[] = [];
  return {
    async start(env = {}) {
      const child = spawn(process.execPath, [program], {
        cwd: folder,
        env: { PATH: process.env.PATH, PORT: '0', ...env },
      });
      children.push(child);
      const text = await printed(child);
      return { ...readText(text), stop: () => stop(child) };
    },
    async remove() {
      await Promise.all(children.map(stop));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Both starts end with the line that says how to make another key. */
function printed(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stderr?.on('data', (part) => {
      err += part;
    });
    child.stdout?.on('data', (part) => {
      out += part;
      if (/^Make another key: .*\n/m.test(out)) resolve(out);
    });
    child.once('exit', () => reject(new Error(`the demo stopped: ${out}${err}`)));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function readText(text: string): Omit<RunningDemo, 'stop'> {
  const one = (pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
  const keys = [...text.matchAll(/^ {2}demo\[(\w+)\]\s+(\S+)$/gm)].map(([, flair, key]) => [flair, key]);
  return {
    url: one(/serves (http:\S+?)[;\s]/),
    text,
    oid: one(/--org (\S+)/),
    ownerUid: one(/^its owner \S+: (\S+)$/m),
    keys: Object.fromEntries(keys),
  };
}
