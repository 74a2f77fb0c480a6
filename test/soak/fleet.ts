import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { SoakDatabase } from './database.js';
import type { Message, Sample } from './probe.js';

/** A gateway process. Its port is the same after a restart. */
export interface Gateway {
  readonly name: string;
  readonly url: string;
  /** Number of the process: 1, and one more after each restart. */
  readonly life: number;
  /** True from the signal that ends the process until its successor answers. */
  readonly isAway: boolean;
  /** Number of times that it went away or came back. */
  readonly moves: number;
  sample(withRows: boolean): Promise<Sample | undefined>;
  /** Ends the process and starts the next one. Returns how the process ended. */
  restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | NodeJS.Signals | null>;
  stop(): Promise<number | NodeJS.Signals | null>;
}

const PROGRAM = fileURLToPath(new URL('gateway.js', import.meta.url));
const SAMPLE_MS = 60_000;
const STOP_MS = 30_000;

export async function startGateway(
  name: string,
  database: SoakDatabase,
  configFile: string,
  hears: Hears,
): Promise<Gateway> {
  let port = '0';
  let child = await launch();
  const state = { url: child.url, life: 1, isAway: false, moves: 0 };
  port = new URL(child.url).port;

  function launch(): Promise<Launched> {
    const leak: Record<string, string> =
      process.env.SOAK_LEAK === undefined ? {} : { SOAK_LEAK: process.env.SOAK_LEAK };
    const own = { FLAIRGATE_CONFIG: configFile, SOAK_NAME: name, PORT: port };
    return startProcess({ ...database.env, ...leak, ...own }, hears);
  }
  return {
    name,
    get url() {
      return state.url;
    },
    get life() {
      return state.life;
    },
    get isAway() {
      return state.isAway;
    },
    get moves() {
      return state.moves;
    },
    sample: async (withRows) => (state.isAway ? undefined : takeSample(child.process, withRows)),
    async restart(signal) {
      state.isAway = true;
      state.moves += 1;
      const end = await endProcess(child.process, signal);
      child = await launch();
      state.life += 1;
      state.moves += 1;
      state.isAway = false;
      return end;
    },
    stop: () => endProcess(child.process, 'SIGTERM'),
  };
}

interface Launched {
  readonly process: ChildProcess;
  readonly url: string;
}

/** Listeners for messages that a gateway sends unasked. */
export interface Hears {
  /** A line of its log, which has its faults. */
  line(text: string): void;
  /** The process did not run for the last `ms` milliseconds. */
  stall(ms: number): void;
}

async function startProcess(env: Readonly<Record<string, string>>, hears: Hears): Promise<Launched> {
  const child = spawn(process.execPath, ['--expose-gc', PROGRAM], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the gateway has no output');
  let said = '';
  createInterface({ input: stderr }).on('line', (each) => {
    said = each;
    hears.line(each);
  });
  const lines = createInterface({ input: stdout });
  const [line] = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [])]);
  const { url } = line === undefined ? {} : JSON.parse(String(line));
  if (typeof url !== 'string') throw new Error(`the gateway did not start: ${line ?? said}`);
  child.on('message', (message: Message) => {
    if (message.kind === 'stall') hears.stall(message.ms);
  });
  return { process: child, url };
}

async function takeSample(child: ChildProcess, withRows: boolean): Promise<Sample | undefined> {
  if (!child.connected) return undefined;
  return new Promise((resolve) => {
    const settle = (sample?: Sample) => {
      clearTimeout(late);
      child.off('message', hear);
      child.off('exit', lost);
      resolve(sample);
    };
    const hear = (message: Message) => {
      if (message.kind === 'sample') settle(message.sample);
    };
    const lost = () => settle();
    const late = setTimeout(lost, SAMPLE_MS);
    child.on('message', hear);
    child.on('exit', lost);
    child.send({ withRows }, (error) => {
      if (error !== null) settle();
    });
  });
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode;
  const ended = once(child, 'exit');
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(late);
  return child.exitCode ?? child.signalCode;
}
