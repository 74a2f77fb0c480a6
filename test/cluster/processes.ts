import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { asAdmin, masterKey, postgresUrl } from '../../packages/stores/test/databases.js';

export const ISSUER = 'https://auth.example';

/** An empty database of one test's own. */
export interface ClusterDatabase {
  readonly url: string;
  remove(): Promise<void>;
}

export async function makeDatabase(): Promise<ClusterDatabase> {
  const name = `flairgate_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(async (client) => {
    await client.query(`create database ${name}`);
    await client.query(`alter database ${name} set synchronous_commit = off`);
  });
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    remove: async () => void (await asAdmin((client) => client.query(`drop database ${name} with (force)`))),
  };
}

/** A process that answers `/v1/who` on a port of its own. */
export interface Running {
  readonly url: string;
  readonly pid: number;
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void;
  /** Ends it, and gives its exit code. */
  stop(): Promise<number | null>;
}

export const COMMAND = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));
const MEMBER = fileURLToPath(new URL('member-program.js', import.meta.url));

/** Starts `flairgate serve` on a database. */
export function startGateway(databaseUrl: string, env: Readonly<Record<string, string>> = {}): Promise<Running> {
  return startProcess([COMMAND, 'serve', '--port', '0', '--json'], {
    DATABASE_URL: databaseUrl,
    FLAIRGATE_MASTER_KEY: masterKey.toString('hex'),
    FLAIRGATE_ISSUER: ISSUER,
    FLAIRGATE_LIMIT: '1000000000',
    FLAIRGATE_FAILURE_LIMIT: '0',
    ...env,
  });
}

/** Starts a service without a database, whose Flairgate is at `issuerUrl`. */
export function startMember(issuerUrl: string, serviceKey: string): Promise<Running> {
  return startProcess([MEMBER], { ISSUER_URL: issuerUrl, ISSUER, SERVICE_KEY: serviceKey });
}

/** Starts a program of ours that prints its address as the first line, in JSON. */
export async function startProcess(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Running> {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (part) => {
    said = `${said}${part}`.slice(-4000);
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const { url, error } = JSON.parse(line) as { readonly url?: string; readonly error?: string };
    if (url === undefined) throw new Error(`the process stopped: ${error}`);
    return { url, pid: child.pid ?? 0, signal: (name) => child.kill(name), stop };
  }
  throw new Error(`the process stopped: ${said}`);

  async function stop(): Promise<number | null> {
    if (hasEnded(child)) return child.exitCode;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    child.kill('SIGCONT');
    const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(late);
    return child.exitCode;
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
