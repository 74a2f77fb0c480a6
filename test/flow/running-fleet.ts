import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../examples/microservices/dist/main.js', import.meta.url));

/** What one command starts: Flairgate, the rules service and the sensors service. */
export interface RunningFleet {
  readonly issuer: string;
  readonly rules: string;
  readonly sensors: string;
  /** Everything it printed. */
  readonly text: string;
  /** As the first start showed them; empty on a later one. */
  readonly oid: string;
  readonly analyst: string;
  readonly vendor: string;
  readonly vendorHash: string;
  /** Ends it, and gives its exit code. */
  stop(): Promise<number | null>;
}

/** A folder for one fleet's data, to be started in several times. */
export interface FleetFolder {
  start(env?: Readonly<Record<string, string>>): Promise<RunningFleet>;
  remove(): Promise<void>;
}

export async function fleetFolder(): Promise<FleetFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'flairgate-fleet-'));
  const children: ChildProcess[] = [];
  return {
    async start(env = {}) {
      const ports = { PORT: '0', RULES_PORT: '0', SENSORS_PORT: '0' };
      const child = spawn(process.execPath, [program], {
        cwd: folder,
        env: { PATH: process.env.PATH, ...ports, ...env },
      });
      children.push(child);
      return { ...readText(await printed(child)), stop: () => stop(child) };
    },
    async remove() {
      await Promise.all(children.map(stop));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function printed(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stderr?.on('data', (part) => {
      err += part;
    });
    child.stdout?.on('data', (part) => {
      out += part;
      if (out.includes('The fleet is ready.\n')) resolve(out);
    });
    child.once('exit', () => reject(new Error(`the fleet stopped: ${out}${err}`)));
  });
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill('SIGTERM');
  await once(child, 'exit');
  return child.exitCode;
}

function readText(text: string): Omit<RunningFleet, 'stop'> {
  const one = (pattern: RegExp) => pattern.exec(text)?.[1] ?? '';
  return {
    issuer: one(/serves (http:\S+?)[;\s]/),
    rules: one(/^ {2}rules +(\S+)$/m),
    sensors: one(/^ {2}sensors +(\S+)$/m),
    text,
    oid: one(/^OID=(\S+)$/m),
    analyst: one(/^ANALYST=(\S+)$/m),
    vendor: one(/^VENDOR=(\S+)$/m),
    vendorHash: one(/^VENDOR_HASH=(\S+)$/m),
  };
}
