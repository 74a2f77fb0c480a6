import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A service in a process of its own. */
export interface StartedService {
  readonly url: string;
  stop(): Promise<void>;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Starts a service and waits for the line with its address. It receives the service key in the environment, because
 * other users of the machine can read arguments.
 *
 * If a service stops, all of them are stopped, so that a process manager notices.
 */
export async function startService(name: string, variables: Variables): Promise<StartedService> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`${name}.js`, import.meta.url))], {
    env: { PATH: process.env.PATH, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await firstLine(child);
  if (url === undefined) throw new Error(`the service ${name} did not start`);
  const endFleet = () => process.kill(process.pid, 'SIGTERM');
  child.once('exit', endFleet);
  return {
    url,
    async stop() {
      child.removeListener('exit', endFleet);
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function firstLine({ stdout }: ChildProcess): Promise<string | undefined> {
  if (stdout === null) return undefined;
  for await (const line of createInterface({ input: stdout })) return line;
  return undefined;
}
