import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { peerFile } from '../harness/peers.js';
import type { Headers } from './app.js';
import type { Question, Ready } from './server.js';

/** A server process with its one variant. */
export interface ServerProcess {
  readonly ready: Ready;
  /** Microseconds of CPU used so far, by all its threads. */
  cpu(): Promise<number>;
  createKeys(perSecond: number): Promise<void>;
  stop(): Promise<void>;
}

/** Requests to send, and their rate. */
export interface LoadOrder {
  readonly port: number;
  readonly path: string;
  readonly send: readonly Headers[];
  readonly connections: number;
  readonly seconds: number;
  /** Requests to send in all, however long it takes. Default: as many as fit into `seconds`. */
  readonly amount?: number;
  /** Default: as many as are answered. */
  readonly perSecond?: number;
  /** True to never sleep while requests run, so that the server does not pay for waking the load generator. */
  readonly awake?: boolean;
}

/** Result of the requests. Times are milliseconds. */
export interface LoadResult {
  readonly count: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Answers by status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly errors: number;
}

export interface LoadProcess {
  run(order: LoadOrder): Promise<LoadResult>;
  stop(): Promise<void>;
}

const SERVER_CORE = 0;
const LOAD_CORE = 1;

/** True if server and load generator can have CPU cores of their own. */
export const hasOwnCores = availableParallelism() > 1 && spawnSync('taskset', ['-V']).status === 0;

export async function startServer(variant: string): Promise<ServerProcess> {
  const child = startOn(SERVER_CORE, [join(import.meta.dirname, 'server.js'), variant]);
  const ask = async <T>(question: Question): Promise<T> => {
    const answered = answerOf<T>(child);
    child.send(question);
    return answered;
  };
  const ready = await answerOf<Ready>(child);
  return {
    ready,
    cpu: () => ask({ kind: 'cpu' }),
    createKeys: (perSecond) => ask({ kind: 'create-keys', perSecond }),
    stop: () => stop(child),
  };
}

export function startLoad(): LoadProcess {
  const child = startOn(LOAD_CORE, [peerFile('load.js')]);
  return {
    async run(order) {
      const answered = answerOf<LoadResult>(child);
      child.send(order);
      return answered;
    },
    stop: () => stop(child),
  };
}

function startOn(core: number, args: readonly string[]): ChildProcess {
  const command = [process.execPath, ...args];
  const [file = '', ...rest] = hasOwnCores ? ['taskset', '-c', String(core), ...command] : command;
  const env = { ...process.env, NODE_ENV: 'production' };
  return spawn(file, rest, { env, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

/** The next message of a child. */
async function answerOf<T>(child: ChildProcess): Promise<T> {
  const gone = new AbortController();
  const exit = once(child, 'exit', { signal: gone.signal }).then(([code]) => {
    throw new Error(`a benchmark's process ended with ${code}`);
  });
  exit.catch(() => undefined);
  try {
    const [message]: [T] = (await Promise.race([once(child, 'message', { signal: gone.signal }), exit])) as [T];
    return message;
  } finally {
    gone.abort();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
}
