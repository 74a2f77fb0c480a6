import { setTimeout } from 'node:timers/promises';
import { ask } from './ask.ts';
import type { Running } from './processes.ts';

/** A credential that is sent all the time, and what may never be answered to it. */
export interface Sent {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Statuses that keep the promise; a connection that fails counts as 0. */
  readonly may: ReadonlySet<number>;
}

export interface Load {
  /** Numbers of answers by status, by the name of the request. */
  readonly counts: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Answers that break a promise. */
  readonly broken: readonly string[];
  /** Longest that one answer took, in milliseconds. */
  readonly slowestMs: number;
  /** Waits for what is on its way. */
  stop(): Promise<void>;
}

/** Pause of a caller between two questions: the asked have two processors, and share them. */
const REST_MS = 20;

/** Has one caller for each process and credential ask without end. */
export function startLoad(processes: readonly Running[], sent: () => readonly Sent[]): Load {
  const counts = new Map<string, Map<number, number>>();
  const broken: string[] = [];
  const state = { stopped: false, slowestMs: 0 };
  const count = (name: string, status: number) => {
    const of = counts.get(name) ?? new Map<number, number>();
    counts.set(name, of.set(status, (of.get(status) ?? 0) + 1));
  };
  const call = async (process: Running) => {
    for (let turn = 0; !state.stopped; turn += 1) {
      const all = sent();
      const each = all[turn % all.length];
      await setTimeout(REST_MS);
      if (each === undefined) continue;
      const from = performance.now();
      const status = await statusOf(process, each);
      state.slowestMs = Math.max(state.slowestMs, performance.now() - from);
      count(each.name, status);
      if (!each.may.has(status)) broken.push(`${each.name}: ${status}`);
    }
  };
  const calls = processes.flatMap((process) => [call(process), call(process)]);
  return {
    counts,
    broken,
    get slowestMs() {
      return state.slowestMs;
    },
    async stop() {
      state.stopped = true;
      await Promise.all(calls);
    },
  };
}

async function statusOf({ url }: Running, { headers }: Sent): Promise<number> {
  try {
    return (await ask(`${url}/v1/who`, headers)).status;
  } catch {
    return 0;
  }
}
