import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { freePort } from '../../packages/stores/test/redis-server.js';
import { type RunningServices, readStory } from './running-fleet.ts';

const top = fileURLToPath(new URL('../..', import.meta.url));
const example = join(top, 'examples', 'microservices');

interface Container {
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly depends_on: Readonly<Record<string, unknown>>;
}

/** The containers of `compose.yaml` that run this example. */
export const CONTAINERS = ['issuer', 'rules', 'sensors'] as const;

/** Reads the containers of `examples/microservices/compose.yaml`. */
export async function readContainers(): Promise<Readonly<Record<string, Container>>> {
  const { services } = parse(await readFile(join(example, 'compose.yaml'), 'utf8'), { merge: true });
  return services;
}

/** Programs that run as `compose.yaml` says, on free ports of this machine. */
export interface ComposedFleet extends RunningServices {
  /** Ends one of them and starts it again. */
  restart(name: (typeof CONTAINERS)[number]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts each container of `compose.yaml` as a process, with its command and its variables.
 *
 * There is no Docker here. Names of containers lead to this machine, ports are free ones, the volume is a folder, and
 * `outside` replaces what is not built from this repository.
 */
export async function composeFleet(outside: Readonly<Record<string, string>>): Promise<ComposedFleet> {
  const containers = await readContainers();
  const keys = await mkdtemp(join(tmpdir(), 'flairgate-keys-'));
  const ports = Object.fromEntries(await Promise.all([8787, 8788, 8789].map(async (port) => [port, await freePort()])));
  const here = (value: string) =>
    value
      .replace(/:(878[789])\b/g, (_all, port) => `:${ports[port]}`)
      .replace(/^(878[789])$/, (port) => String(ports[port]))
      .replace(/^\/keys\b/, keys);
  const children = new Map<string, ChildProcess>();
  const run = async (name: string): Promise<string> => {
    const { command = ['node', 'examples/microservices/dist/main.js'], environment } = containers[name] ?? fail(name);
    const variables = Object.entries({ PORT: '8787', ...environment }).map(([key, value]) => {
      return [key, outside[key] ?? here(value)];
    });
    const env = { PATH: process.env.PATH, ...Object.fromEntries(variables), NODE_OPTIONS: `--import=${namesLeadHere}` };
    const child = spawn(process.execPath, command.slice(1), { cwd: top, env, stdio: ['ignore', 'pipe', 'inherit'] });
    children.set(name, child);
    return untilReady(child, name === 'issuer' ? /The fleet is ready\.\n/ : /^http.*\n/);
  };
  const stop = async (child: ChildProcess | undefined) => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  const close = async () => {
    await Promise.all([...children.values()].map(stop));
    await rm(keys, { recursive: true, force: true });
  };
  try {
    const text = await run('issuer');
    await Promise.all(['rules', 'sensors'].map(run));
    return {
      ...readStory(text),
      issuer: `http://127.0.0.1:${ports[8787]}`,
      async restart(name) {
        await stop(children.get(name));
        await run(name);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function fail(name: string): never {
  throw new Error(`compose.yaml has no container ${name}`);
}

/** Program that has the names of the containers lead to this machine, as the network of Docker does. */
const namesLeadHere = `data:text/javascript,${encodeURIComponent(`
  import dns from 'node:dns';
  const { lookup } = dns;
  const names = ${JSON.stringify(CONTAINERS)};
  dns.lookup = (host, ...rest) => lookup(names.includes(host) ? '127.0.0.1' : host, ...rest);
`)}`;

function untilReady(child: ChildProcess, ready: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = '';
    child.stdout?.on('data', (part) => {
      out += part;
      if (ready.test(out)) resolve(out);
    });
    child.once('exit', () => reject(new Error(`the program stopped: ${out}`)));
  });
}
